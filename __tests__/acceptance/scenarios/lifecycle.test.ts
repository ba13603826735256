import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { clusterMember, definitionOf, Scenario, serverOf } from '../../testing/scenario';
import { describeTerraform } from '../../testing/terraform';

const worker = (name: string, server: string) => ({ name, proxmox_server: server });
const grow =
  (...workers: readonly ReturnType<typeof worker>[]) =>
  (d: DefinitionDraft) =>
    void (d.workers = [...(d.workers ?? []), ...workers]);
const remove = (name: string) => (d: DefinitionDraft) =>
  void (d.workers = d.workers?.filter((node) => node.name !== name));

const LAYOUTS = {
  'one server': { pve1: serverOf(11, 'pve1') },
  'three standalone servers': {
    pve1: serverOf(11, 'pve1'),
    pve2: serverOf(12, 'pve2'),
    pve3: serverOf(13, 'pve3'),
  },
  'a Proxmox cluster of three': {
    dc1: clusterMember(11, 'dc1', 'dc'),
    dc2: clusterMember(12, 'dc2', 'dc'),
    dc3: clusterMember(13, 'dc3', 'dc'),
  },
};

describeTerraform.each(Object.entries(LAYOUTS))('a cluster on %s', (_, servers) => {
  const [first = ''] = Object.keys(servers);
  const last = Object.keys(servers).at(-1) ?? '';
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await Scenario.start(definitionOf(servers, { controlPlanes: 3, workers: 2 }));
  });

  it('is created and runs', async () => {
    await scenario.apply();
    expect(Object.keys(scenario.vms()).sort()).toEqual(['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2']);
    expect(Object.values(scenario.vms()).map(({ status }) => status)).toEqual(Array(5).fill('running'));
  });

  it('grows by two workers, and touches no other VM', async () => {
    const before = scenario.identities();
    await scenario.change(grow(worker('w-3', first), worker('w-4', last)));
    const { text, writes } = await scenario.apply();
    expect(text).toContain('2 added, 0 changed, 0 destroyed');
    expect(writes.filter((write) => write.startsWith('POST qemu'))).toHaveLength(4);
    expect(scenario.identities()).toMatchObject(before);
  });

  it('loses its first worker, and exactly that one', async () => {
    const { 'w-1': gone, ...others } = scenario.identities();
    await scenario.change(remove('w-1'));
    const { text, writes } = await scenario.apply();
    expect(text).toContain('0 added, 0 changed, 1 destroyed');
    expect(writes).toEqual(['POST qemu/1100/status/stop', 'DELETE qemu/1100']);
    expect(gone).toBeDefined();
    expect(scenario.identities()).toEqual(others);
  });

  it('shrinks, and takes a former worker back under its old identity', async () => {
    await scenario.change(remove('w-4'));
    await scenario.apply();
    await scenario.change(grow(worker('w-1', first)));
    await scenario.apply();
    expect(Object.keys(scenario.vms()).sort()).toEqual(['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2', 'w-3']);
    const { vmid, config } = scenario.vm('w-1');
    expect(vmid).toBe(1100);
    expect(config['net0']).toContain('BC:24:11:02:00:00');
  });

  it('goes without a trace', async () => {
    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
  });
});

describeTerraform('a hundred VMs on four servers', () => {
  it('are created, have nothing left to do, and go', async () => {
    const servers = Object.fromEntries([1, 2, 3, 4].map((i) => [`pve${i}`, serverOf(10 + i, `pve${i}`)]));
    const scenario = await Scenario.start(definitionOf(servers, { controlPlanes: 3, workers: 97 }));
    await scenario.apply();
    expect(scenario.sites.map(({ state }) => state.vms.size)).toEqual([26, 25, 25, 24]);
    const macs = Object.values(scenario.vms()).map(
      ({ config }) => /virtio=([0-9A-F:]+)/.exec(String(config['net0']))?.[1],
    );
    expect(new Set(macs).size).toBe(100);
    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
  });
});

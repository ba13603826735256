import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { addressOf, clusterMember, definitionOf, Scenario, serverOf } from '../../testing/scenario';
import { describeTerraform } from '../../testing/terraform';

const GUARDS_OFF = ['-var', 'guards=false'];
const allow = (...entries: readonly string[]): string[] => ['-var', `allow=${JSON.stringify(entries)}`];

const two = { pve1: serverOf(11, 'pve1'), pve2: serverOf(12, 'pve2') };
const clustered = { dc1: clusterMember(11, 'dc1', 'dc'), dc2: clusterMember(12, 'dc2', 'dc') };

type NodeList = NonNullable<DefinitionDraft['workers']>;
const first = (nodes: NodeList | undefined): NodeList[number] => {
  const [node] = nodes ?? [];
  if (!node) throw new Error('no node');
  return node;
};

/** The refusal of a plan, with the proof that only the guard made it, and that no server was asked to change anything. */
async function refused(scenario: Scenario, ...args: readonly string[]): Promise<string> {
  const before = scenario.sites.map(({ requests }) => requests.length);
  const text = await scenario.terraform.refused('apply', ...args);
  const writes = scenario.sites.flatMap(({ requests }, i) =>
    requests.slice(before[i]).filter(({ method }) => method !== 'GET'),
  );
  expect(writes).toEqual([]);
  expect(text).toContain('Resource precondition failed');
  expect((await scenario.terraform.plan(...GUARDS_OFF)).code).toBe(2);
  return text;
}

/**
 * What the provider does without asking, and that a plan of our JSON stops it before any call. Each case also plans with
 * the guards off, where Terraform sees nothing wrong: without its guard the case fails.
 */
describeTerraform('a plan is refused when', () => {
  it('a VMID is taken by a foreign VM, which the provider would adopt', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 2 }));
    const vms = scenario.sites[0]?.state.vms;
    vms?.set(1100, {
      vmid: 1100,
      node: 'pve1',
      status: 'running',
      config: { name: 'database', tags: 'prod', cores: 1, memory: '512' },
    });

    expect(await refused(scenario)).toContain(
      `VM 1100 on node pve1 is called "database", not "w-1": Terraform would take it over, and a later destroy would delete it. Give w-1 a free vm_id, or remove that VM. [live-identity-taken adopt:w-1] To take it over knowingly: -var 'allow=["adopt:w-1"]'`,
    );
    // Not even where only that VM is asked for; another one is not held up.
    const { terraform } = scenario;
    expect(await terraform.refused('plan', `-target=${addressOf('w-1')}`)).toContain('"database"');
    expect((await terraform.plan(`-target=${addressOf('w-2')}`)).code).toBe(2);
    expect((await terraform.plan(...allow('adopt:w-1'))).code).toBe(2);
    expect(await terraform.refused('plan', ...allow('adopt w-1'))).toContain(
      'Expected a list of adopt:<node>, disks:<node>, offline:<node>, remove:<node>, replace:<node>.',
    );
  });

  it('a node is put on another standalone server, where a second machine would start with its MAC', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 1 }));
    await scenario.apply();
    const move = (d: DefinitionDraft) => void (first(d.workers).proxmox_server = 'pve2');

    expect(await refused(await scenario.change(move))).toContain(
      `w-1 is VM 1100 on pve1, and the definition puts it on pve2: Terraform would start a second machine with its MAC and address, and leave that one behind. Remove it there first; its disks go with it.`,
    );
    expect(scenario.vm('w-1').node).toBe('pve1');

    // The move as the message names it: the node is removed where it is, and made where it is to be.
    await scenario.change((d) => void (first(d.workers).proxmox_server = 'pve1'));
    await scenario.terraform.must('destroy', '-auto-approve', `-target=${addressOf('w-1')}`);
    await scenario.change(move);
    await scenario.apply();
    expect(scenario.sites.map(({ state }) => [...state.vms.keys()])).toEqual([[1000], [1100]]);
  });

  it('a node is put on another node of its Proxmox cluster, which would destroy and create it', async () => {
    const scenario = await Scenario.start(definitionOf(clustered, { workers: 1 }));
    await scenario.apply();
    const before = scenario.identities();
    await scenario.change((d) => void (first(d.workers).proxmox_server = 'dc2'));

    expect(await refused(scenario)).toContain(
      `w-1 is VM 1100 on node dc1, and the definition says VM 1100 on node dc2: Terraform would destroy it with its disks and create it anew. Migrate it first (qm migrate 1100 dc2 --online), then plan again.`,
    );

    // As the message says: migrated out of band, it is where the definition has it.
    scenario.vm('w-1').node = 'dc2';
    await scenario.apply();
    expect(scenario.identities()).toEqual(before);
  });

  it('the VMID of a node changes, which would destroy and create it', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 1 }));
    await scenario.apply();
    await scenario.change((d) => void (first(d.workers).vm_id = 1150));

    expect(await refused(scenario)).toContain(
      `w-1 is VM 1100 on node pve1, and the definition says VM 1150 on node pve1: Terraform would destroy it with its disks and create it anew. A VM cannot change its id; set vm_id to 1100 to keep it. [identity-changed replace:w-1] To replace it knowingly: -var 'allow=["replace:w-1"]'`,
    );

    await scenario.apply(...allow('replace:w-1'));
    expect(scenario.vm('w-1').vmid).toBe(1150);
  });

  it('a data disk is taken out of the definition, which would detach it at once', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 1 }));
    await scenario.apply();
    await scenario.change((d) => void (first(d.workers).data_disk_size_gb = 0));

    expect(await refused(scenario)).toContain(
      `VM 1100 of w-1 has 2 disks with 70 GiB, and the definition has 1 with 20: a disk that it does not know would be detached, and none can shrink. List it in data_disks, or delete it on the server. [live-disk-unmanaged disks:w-1] To detach it knowingly: -var 'allow=["disks:w-1"]'`,
    );

    await scenario.terraform.apply(...allow('disks:w-1'));
    expect(scenario.vm('w-1').config['scsi1']).toBeUndefined();
    expect(scenario.vm('w-1').config['unused0']).toBe('tank:vm-1100-disk-0');
  });

  it('a data disk is smaller in the definition, which fails after other changes are made', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 1 }));
    await scenario.apply();
    await scenario.change((d) => void (first(d.workers).data_disk_size_gb = 40));

    expect(await refused(scenario)).toContain(
      'VM 1100 of w-1 has 2 disks with 70 GiB, and the definition has 2 with 60',
    );
  });

  it('a disk was attached by hand, which the next change of disks would detach', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 1 }));
    await scenario.apply();
    const { config } = scenario.vm('w-1');
    const volume = {
      volid: 'tank:vm-1100-disk-7',
      content: 'images',
      format: 'raw',
      size: 8 * 1024 ** 3,
      vmid: 1100,
    } as const;
    scenario.sites[0]?.state.nodes
      .get('pve1')
      ?.storages.get('tank')
      ?.volumes.set(volume.volid, { ...volume });
    config['scsi5'] = `${volume.volid},size=8G`;
    await scenario.change((d) => void (first(d.workers).data_disk_size_gb = 60));

    expect(await refused(scenario)).toContain(
      'VM 1100 of w-1 has 3 disks with 78 GiB, and the definition has 2 with 80',
    );
  });

  it('a control plane is taken out of the definition, and with it a member of etcd', async () => {
    const scenario = await Scenario.start(definitionOf(two, { controlPlanes: 3 }));
    await scenario.apply();
    const before = scenario.identities();
    await scenario.change((d) => void (d.control_planes = d.control_planes?.slice(0, 1)));

    const text = await refused(scenario);
    expect(text).toContain(
      `Control plane cp-2 (VM 1001 on node pve2) is not in the definition: Terraform would destroy it, and with it a member of etcd. Take it out of the cluster first. [node-removed remove:cp-2] To remove it knowingly: -var 'allow=["remove:cp-2"]'`,
    );
    expect(text).toContain('Control plane cp-3 (VM 1002 on node pve1)');
    expect(await scenario.terraform.refused('apply', ...allow('remove:cp-2'))).not.toContain('cp-2');

    await scenario.apply(...allow('remove:cp-2', 'remove:cp-3'));
    expect(scenario.identities()).toEqual({ 'cp-1': before['cp-1'] });
  });
});

describeTerraform('a protected VM', () => {
  it('survives destroy untouched, and goes once its protection is off', async () => {
    const scenario = await Scenario.start(definitionOf(two, {}, { vm_protection: true }));
    await scenario.apply();
    const before = scenario.sites.map(({ requests }) => requests.length);

    expect(await scenario.terraform.refused('destroy')).toMatch(
      /Resource (instance )?proxmox_virtual_environment_vm\.cp-1 has (lifecycle\.)?prevent_destroy set/,
    );
    const writes = scenario.sites.flatMap(({ requests }, i) =>
      requests.slice(before[i]).filter(({ method }) => method !== 'GET'),
    );
    expect(writes).toEqual([]);
    expect(scenario.vm('cp-1').status).toBe('running');

    await scenario.change((d) => void (d.vm_protection = false));
    await scenario.apply();
    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
  });
});

describeTerraform('the guards', () => {
  it('let a plan of nothing pass, also where a server has lost its last node', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 2 }));
    await scenario.apply();
    await scenario.change((d) => void (d.workers = d.workers?.filter(({ name }) => name !== 'w-2')));
    await scenario.apply();
    expect(Object.keys(scenario.vms()).sort()).toEqual(['cp-1', 'w-1']);
  });

  it('are absent from the JSON of a definition without guards', async () => {
    const scenario = await Scenario.start(definitionOf(two, { workers: 1 }, { guards: false }));
    await scenario.apply();
    const lists = scenario.sites.flatMap(({ requests }) => requests.filter(({ path }) => path === '/nodes'));
    expect(lists).toEqual([]);
  });
});

/** From empty servers to a cluster in one command: the real Terraform, provider and omnictl, and a real Omni whose controllers do it. */
import { join } from 'node:path';
import { guestUuid } from '../../simulators/pve';
import { eventually } from '../testing/omni';
import { describeRealOmni, realOmni } from '../testing/real-omni';
import { mirrorEnv, terraform } from '../testing/terraform';
import { UpWorld } from '../testing/up-world';

jest.setTimeout(600_000);

describeRealOmni('up, with a real Omni', () => {
  const omni = realOmni();
  let world: UpWorld;
  const hosts = async (): Promise<string[]> =>
    (await omni().machines())
      .filter(({ powered, ready, config }) => powered && ready && config !== '')
      .map(({ hostname }) => hostname)
      .sort();

  beforeAll(async () => {
    world = await UpWorld.of('home', undefined, omni());
  });

  afterAll(() => world.close());

  it('makes a cluster of VMs that do not exist yet', async () => {
    const { stderr } = await world.upWell();
    expect(stderr).toMatch(/home: up\n$/);
    const nodes = world.vms.map(({ config }) => String(config['name'])).sort();
    expect(await world.members()).toEqual(nodes);
    // The machines that Omni has configured are the VMs that Terraform has made.
    expect(await hosts()).toEqual(nodes);
  });

  it('has nothing to do then', async () => {
    expect((await world.upWell()).stderr).toContain('home: unchanged\n');
  });

  it('grows by a node', async () => {
    world.edit((it) =>
      it.addIn(['workers'], it.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' })),
    );
    await world.upWell();
    expect(await world.members()).toContain('talos-worker-4');
    expect(await hosts()).toContain('talos-worker-4');
  });

  it('removes a node by name: from Omni, which resets it, and then its VM', async () => {
    world.edit((it) => it.deleteIn(['workers', 0]));
    expect(await world.up('--auto-approve')).toMatchObject({ code: 2 });
    await world.upWell('--remove', 'talos-worker-1');
    expect(await world.members()).not.toContain('talos-worker-1');
    expect(world.vms.map(({ config }) => config['name'])).not.toContain('talos-worker-1');
    const left = (await omni().machines()).filter(({ config }) => config === '');
    // Its configuration was wiped before it went.
    expect(left).toMatchObject([{ powered: false }]);
  });

  it('takes out of Omni a node whose VM somebody has destroyed before', async () => {
    const machine = guestUuid(world.vm('talos-worker-2'));
    world.edit((it) => it.deleteIn(['workers', 0]));
    expect(await world.run('review')).toMatchObject({ code: 2 });
    const dir = join(world.folder, 'cdktf.out/stacks/home');
    const env = { ...mirrorEnv(), ...world.simulation.variables, TF_VAR_allow: '["remove:talos-worker-2"]' };
    expect(await terraform(dir, ['apply', '-auto-approve', '-input=false'], env)).toMatchObject({ code: 0 });
    await eventually(async () => {
      const status = (await omni().resources('MachineStatuses')).find(({ id }) => id === machine);
      expect(status?.spec['connected']).toBe(false);
    }, 60_000);
    await world.upWell('--remove', 'talos-worker-2');
    expect(await world.members()).not.toContain('talos-worker-2');
    expect((await omni().resources('Machines')).map(({ id }) => id)).not.toContain(machine);
  });
});

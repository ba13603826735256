/**
 * Without Omni, by Terraform alone: from empty simulated servers to a cluster, with the real Terraform and a stand-in for siderolabs/talos
 * (`TALOS_PROVIDER_MIRROR` names a filesystem mirror with the real one, as a release is tried with).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { TerraformEngineWorld, well } from '../testing/terraform-engine';
import { describeTerraform } from '../testing/terraform';
import { Vault } from '../testing/vault';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

/** One worker is enough to begin with. */
function small(document: Document): void {
  document.deleteIn(['workers', 2]);
  document.deleteIn(['workers', 1]);
}

const OF_113 = (document: Document): void => {
  const text = JSON.stringify(document.get('images')).replaceAll('v1.11.5', 'v1.13.0');
  document.set('images', document.createNode(JSON.parse(text)));
  document.set('talos_version', 'v1.13.0');
};

describeTools('engine: terraform', () => {
  const vault = new Vault();
  let world: TerraformEngineWorld | undefined;

  beforeAll(() => vault.createKey());
  afterEach(() => world?.stop());

  const NODES = ['talos-control-1', 'talos-control-2', 'talos-control-3', 'talos-worker-1'];
  const APPLY = 'talos_machine_configuration_apply';

  /** Nodes that were given a configuration since, in the order of the last time that each was. */
  const configured = async ({ calls }: TerraformEngineWorld, since = 0): Promise<string[]> => {
    const all = (await calls('ApplyConfiguration')).filter(({ at, code }) => at >= since && code === 'OK');
    const last = new Map(all.map(({ node, at }) => [node, at]));
    return [...last.entries()].sort(([, a], [, b]) => a - b).map(([node]) => node);
  };

  const bootIds = async ({ talos }: TerraformEngineWorld): Promise<Record<string, string>> =>
    Object.fromEntries((await talos.machines()).map(({ hostname, bootId }) => [hostname, bootId]));

  it.each([
    ['1.11', () => undefined],
    ['1.13', OF_113],
  ])(
    'makes a cluster of Talos %s, and grows, changes, shrinks and destroys it',
    async (_, edit) => {
      world = await TerraformEngineWorld.start(vault, edit);
      const { document, talos, simulation } = world;
      small(document);
      await world.synth();
      await world.apply();
      await world.named(NODES);
      // One after the other, control planes first, and etcd once, before the second has its configuration.
      expect(await configured(world)).toEqual(NODES);
      const [begun, ...more] = (await world.calls('Bootstrap')).filter(({ code }) => code === 'OK');
      expect({ node: begun?.node, more }).toEqual({ node: 'talos-control-1', more: [] });
      const second = (await world.calls('ApplyConfiguration')).find(({ node }) => node === 'talos-control-2');
      expect(second?.at).toBeGreaterThan(begun?.at ?? Infinity);
      expect(await world.plan()).toEqual([]);
      // What it puts out opens the cluster.
      expect(await world.output('kubeconfig')).toContain(`server: https://${world.subnet}.50:6443`);
      writeFileSync(join(world.folder, 'talosconfig'), await world.output('talosconfig'));
      const nodes = ['--nodes', `${world.subnet}.110`, '--endpoints', `${world.subnet}.100`];
      const talosconfig = join(world.folder, 'talosconfig');
      expect(well(await talos.talosctl(['get', 'members', ...nodes], { talosconfig }))).toContain(
        'talos-control-3',
      );

      // Grow: the others are asked for nothing.
      let since = Date.now();
      document.addIn(['workers'], document.createNode({ name: 'talos-worker-2', proxmox_server: 'pve2' }));
      await world.synth();
      await world.apply();
      await world.named([...NODES, 'talos-worker-2']);
      expect(await configured(world, since)).toEqual(['talos-worker-2']);
      expect(await world.plan()).toEqual([]);

      // A patch: one node at a time, in the order of the nodes, and nobody reboots.
      const boots = await bootIds(world);
      for (const role of ['control_planes', 'workers'])
        document.setIn(
          ['defaults', role, 'patches'],
          document.createNode({ maps: { machine: { sysctls: { 'vm.max_map_count': '262144' } } } }),
        );
      await world.synth();
      const all = [...NODES, 'talos-worker-2'];
      expect(await world.plan()).toEqual(all.map((node) => `${APPLY}.${node}: updated in-place`));
      since = Date.now();
      await world.apply();
      expect(await configured(world, since)).toEqual(all);
      expect(await bootIds(world)).toEqual(boots);
      for (const { config } of await talos.machines()) expect(config).toContain('vm.max_map_count');
      expect(await world.plan()).toEqual([]);

      // A machine that is made anew gets its configuration again.
      await world.apply(
        ...['-replace', 'proxmox_virtual_environment_vm.talos-worker-1'],
        ...['-var', 'allow=["replace:talos-worker-1"]'],
      );
      await world.named(all);
      const anew = (await talos.machines()).find(({ hostname }) => hostname === 'talos-worker-1');
      expect(anew?.config).toContain('vm.max_map_count');
      expect(await world.plan()).toEqual([]);

      // One that needs a reboot waits for it.
      document.setIn(
        ['workers', 0, 'patches'],
        document.createNode({ proxy: { machine: { env: { http_proxy: 'http://proxy.example.com' } } } }),
      );
      await world.synth();
      const now = await bootIds(world);
      expect(await world.apply()).toContain("Using 'staged' mode");
      expect(await bootIds(world)).toEqual(now);
      expect(await world.plan()).toEqual([]);

      // Shrink: refused until the node is named, and then the others are asked for nothing.
      document.deleteIn(['workers', 1]);
      await world.synth();
      expect((await world.terraform('apply', '-auto-approve')).stdout).toContain('talos-worker-2');
      since = Date.now();
      await world.apply('-var', 'allow=["remove:talos-worker-2"]');
      expect(await configured(world, since)).toEqual([]);
      expect(await world.plan()).toEqual([]);
      expect(
        Object.values(simulation.pve.sites).flatMap(({ state }) => [...state.vms.values()]),
      ).toHaveLength(4);

      document.setIn(['defaults', 'control_planes', 'vm_protection'], false);
      await world.synth();
      await world.apply();
      well(await world.terraform('destroy', '-auto-approve'));
      expect(await talos.machines()).toEqual([]);
      expect(await world.calls('Reset')).toEqual([]);
    },
    600_000,
  );

  it('goes over to talosctl, and no node is asked to change anything', async () => {
    world = await TerraformEngineWorld.start(vault, () => undefined);
    const { document, cli, calls } = world;
    small(document);
    await world.synth();
    expect(well(await cli('up', 'home', '--auto-approve', '--wait', '60s'))).toContain(
      'home: 4 nodes ready\n',
    );
    // What the commands say without a file of secrets: they are in the state.
    expect(well(await cli('status', 'home'))).toMatch(
      /^talos-worker-1 +worker .* running +running +v1\.11\.5 +yes/m,
    );
    const since = Date.now();
    const applied = well(await cli('apply', 'home', '--auto-approve'));
    expect(applied).toContain('home has engine: terraform, so that Terraform changes its nodes');

    expect(well(await cli('talos', 'secrets', 'home'))).toContain('taken over from its Terraform state');
    document.set(
      'standalone',
      document.createNode({ vip: `${world.subnet}.50`, engine: 'talosctl', engine_before: 'terraform' }),
    );
    await world.synth();
    expect(await world.plan()).toEqual([]);
    await world.apply();
    expect((await world.terraform('state', 'list')).stdout).not.toMatch(/^talos_/m);
    document.deleteIn(['standalone', 'engine_before']);
    await world.synth();
    expect(await world.plan()).toEqual([]);
    // What Terraform has made of the documents is what talosctl makes of them.
    expect(well(await cli('up', 'home', '--auto-approve'))).toContain('home: unchanged\n');
    for (const method of ['ApplyConfiguration', 'Bootstrap', 'Reboot', 'Reset', 'Upgrade'])
      expect((await calls(method)).filter(({ at }) => at >= since)).toEqual([]);
  }, 600_000);
});

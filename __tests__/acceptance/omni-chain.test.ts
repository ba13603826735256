import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bridge, type Bridge, type Omni } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { eventually, omniWith } from '../testing/omni';
import { describeTerraform, fakeVariables, synthesize, temporaryFolder } from '../testing/terraform';
import { Terraform } from '../simulators/terraform';

const describeChain = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

/** What `omnictl get machinestatus` prints: objects one after another. */
interface Status {
  readonly metadata: { readonly id: string };
  readonly spec: {
    readonly connected: boolean;
    readonly talosversion: string;
    readonly network: {
      readonly addresses: readonly string[];
      readonly networklinks: readonly { readonly hardwareaddress: string }[];
    };
    readonly hardware: {
      readonly blockdevices: readonly { readonly size: number; readonly serial: string }[];
    };
  };
}

async function machineStatuses(omni: Omni): Promise<Status[]> {
  const { stdout } = await omni.omnictl(['get', 'machinestatus', '-o', 'json']);
  return JSON.parse(`[${stdout.trim().replace(/^}\n{/gm, '},{')}]`) as Status[];
}

/** From a definition by terraform apply on a simulated Proxmox VE to machines in Omni. */
describeChain('the chain', () => {
  let simulation: Simulation;
  let omni: Omni;
  let bridged: Bridge;

  afterEach(async () => {
    await bridged.close();
    await simulation.pve.close();
  });

  it('applied VMs join with the UUIDs, MACs, addresses and disks of the definition', async () => {
    const folder = temporaryFolder();
    simulation = await simulate(join('clusters', 'home.yaml'), { stateDir: folder });
    omni = await omniWith();
    bridged = bridge(simulation.pve, omni);
    const file = join(folder, 'home.yaml');
    writeFileSync(file, simulation.definition());
    const synthesis = await synthesize(file);
    const variables = { ...fakeVariables(synthesis.json('home')), ...simulation.variables };
    const terraform = await Terraform.in(synthesis.dir('home'), variables);
    await terraform.apply();
    await bridged.settled();

    const { nodes } = simulation.cluster;
    await eventually(async () => expect(await machineStatuses(omni)).toHaveLength(nodes.length));
    const statuses = await machineStatuses(omni);
    for (const node of nodes) {
      const status = statuses.find(({ metadata }) => metadata.id === node.uuid);
      expect(status?.spec).toMatchObject({ connected: true, talosversion: 'v1.11.5' });
      const { addresses, networklinks } = status?.spec.network ?? { addresses: [], networklinks: [] };
      expect(networklinks.map(({ hardwareaddress }) => hardwareaddress)).toEqual(
        node.nics.map(({ mac }) => mac.toLowerCase()),
      );
      const [management] = node.nics;
      expect(addresses[0]).toBe(`${management?.ip ?? ''}/${management?.prefix ?? 0}`);
      const disks = status?.spec.hardware.blockdevices.map(({ size, serial }) => ({ size, serial }));
      expect(disks).toEqual(node.disks.map(({ sizeGb, serial }) => ({ size: sizeGb * 2 ** 30, serial })));
    }

    // A destroyed VM stays in Omni, disconnected.
    const worker = nodes.find(({ role }) => role === 'worker');
    const target = `-target=proxmox_virtual_environment_vm.${worker?.name ?? ''}`;
    await terraform.must('destroy', '-auto-approve', target);
    await bridged.settled();
    const machines = await omni.resources('Machines');
    expect(machines.filter(({ spec }) => spec['connected'] === false).map(({ id }) => id)).toEqual([
      worker?.uuid,
    ]);
  });

  it('a VM that stops is disconnected, one that starts again is back, and scenarios decide who joins', async () => {
    simulation = await simulate(join('clusters', 'home.yaml'), { stateDir: temporaryFolder() });
    omni = await omniWith();
    const joins = (vmid: number) => (vmid === 1 ? 'never' : vmid === 2 ? 'twice' : 'once');
    bridged = bridge(simulation.pve, omni, {
      boot: ({ vmid }) => ({ joins: joins(vmid), changes: { hostname: `vm-${vmid}` } }),
    });
    const [site] = Object.values(simulation.pve.sites);
    if (!site) throw new Error('no site');
    const start = (vmid: number) => {
      const config = {
        smbios1: `uuid=0000000${vmid}-AAAA-4000-8000-000000000000`,
        net0: `virtio=BC:24:11:00:00:0${vmid}`,
      };
      const vm = { vmid, node: 'pve1', status: 'running' as const, config };
      site.state.power.emit('change', { vm, to: 'running' });
      return vm;
    };
    start(1);
    start(2);
    const third = start(3);
    await bridged.settled();
    await eventually(async () => expect(await omni.resources('MachineStatuses')).toHaveLength(3));
    expect(bridged.idsOf(site.name, 1)).toEqual([]);
    expect(bridged.idsOf(site.name, 2)).toHaveLength(2);
    expect(bridged.idsOf(site.name, 3)).toEqual(['00000003-aaaa-4000-8000-000000000000']);
    for (const [to, connected] of [
      ['stopped', false],
      ['running', true],
      ['destroyed', false],
    ] as const) {
      site.state.power.emit('change', { vm: third, to });
      await bridged.settled();
      const links = await omni.resources('Machines');
      expect(links.find(({ id }) => id.startsWith('00000003'))?.spec['connected']).toBe(connected);
    }
  });
});

import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { clusterMember, definitionOf, Scenario, serverOf } from '../../testing/scenario';
import { describeTerraform } from '../../testing/terraform';

const gpuWorkers = (...servers: readonly string[]): DefinitionDraft => ({
  system_extensions: [
    'siderolabs/nvidia-container-toolkit-production',
    'siderolabs/nvidia-open-gpu-kernel-modules-production',
  ],
  pci_mappings: {
    gpu0: {
      devices: servers.map((server, i) => ({
        proxmox_server: server,
        path: `0000:0${i + 1}:00`,
        id: '10de:2204',
        iommu_group: 14 + i,
      })),
    },
  },
  gpu_workers: servers.map((server, i) => ({
    name: `gpu-${i + 1}`,
    proxmox_server: server,
    gpu_mappings: ['gpu0'],
    cpu_type: 'host',
  })),
});

/** What several VMs or servers have in common. */
describeTerraform('a GPU mapping', () => {
  it('is one per standalone server', async () => {
    const servers = { pve1: serverOf(11, 'pve1'), pve2: serverOf(12, 'pve2') };
    const scenario = await Scenario.start(definitionOf(servers, {}, gpuWorkers('pve1', 'pve2')));
    await scenario.apply();
    const mappings = scenario.sites.map(({ state }) => state.mappings.pci.get('gpu0')?.map);
    expect(mappings).toEqual([
      [expect.stringContaining('node=pve1,path=0000:01:00')],
      [expect.stringContaining('node=pve2,path=0000:02:00')],
    ]);
    for (const name of ['gpu-1', 'gpu-2'])
      expect(scenario.vm(name).config['hostpci0']).toMatch(/^mapping=gpu0,pcie=1/);
    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
  });

  it('is one for a Proxmox cluster, with a device on each of two hosts', async () => {
    const servers = { dc1: clusterMember(11, 'dc1', 'dc'), dc2: clusterMember(12, 'dc2', 'dc') };
    const scenario = await Scenario.start(definitionOf(servers, {}, gpuWorkers('dc1', 'dc2')));
    await scenario.apply();
    expect(
      scenario.sites.flatMap(({ state }) => [...state.mappings.pci.values()].map(({ map }) => map.length)),
    ).toEqual([2]);
    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
  });
});

describeTerraform('a resource pool, HA and the start order', () => {
  it('are made, hold, and go', async () => {
    const servers = { dc1: clusterMember(11, 'dc1', 'dc'), dc2: clusterMember(12, 'dc2', 'dc') };
    const rest: DefinitionDraft = { resource_pool: { id: 'talos', create: true, comment: 'lab' } };
    const definition = definitionOf(servers, { workers: 2 }, rest);
    Object.assign(definition.defaults?.workers ?? {}, { ha: true, startup: { order: 2, up_delay: 30 } });
    const scenario = await Scenario.start(definition);
    await scenario.apply();
    const { state } = scenario.sites[0] ?? {};
    expect([...(state?.pools.get('talos')?.vms ?? [])].sort()).toEqual([1000, 1100, 1101]);
    expect([...(state?.ha.resources.keys() ?? [])].sort()).toEqual(['vm:1100', 'vm:1101']);
    expect(scenario.vm('w-1').config['startup']).toBe('order=2,up=30');

    // HA moves a VM: nothing to do, and nothing is refused.
    const before = scenario.identities();
    scenario.vm('w-1').node = 'dc2';
    await scenario.apply();
    expect({ node: scenario.vm('w-1').node, born: scenario.identities() }).toEqual({
      node: 'dc2',
      born: before,
    });

    await scenario.terraform.destroy();
    scenario.expectNothingLeft();
    expect(state?.ha.resources.size).toBe(0);
  });
});

describeTerraform('a server that is renamed in the definition', () => {
  it('keeps its VMs, images, mappings and pools', async () => {
    const rest: DefinitionDraft = { ...gpuWorkers('old'), resource_pool: { id: 'talos', create: true } };
    const scenario = await Scenario.start(definitionOf({ old: serverOf(11, 'pve1') }, { workers: 1 }, rest));
    await scenario.apply();
    const before = scenario.identities();
    await scenario.change((d) => {
      const { old, ...others } = d.proxmox_servers ?? {};
      d.proxmox_servers = { ...others, rack1: { ...old, renamed_from: 'old' } };
      for (const node of [...(d.control_planes ?? []), ...(d.workers ?? []), ...(d.gpu_workers ?? [])])
        node.proxmox_server = 'rack1';
      for (const device of d.pci_mappings?.['gpu0']?.devices ?? []) device.proxmox_server = 'rack1';
    });
    scenario.terraform.set(
      'TF_VAR_proxmox_rack1_api_token',
      scenario.simulation.variables['TF_VAR_proxmox_old_api_token'] ?? '',
    );

    const { text, writes } = await scenario.apply();

    expect(text).toContain('0 added, 0 changed, 0 destroyed');
    expect(writes).toEqual([]);
    expect(scenario.identities()).toEqual(before);

    // The line may go after that.
    await scenario.change((d) => {
      delete d.proxmox_servers?.['rack1']?.renamed_from;
    });
    expect((await scenario.apply()).writes).toEqual([]);
  });
});

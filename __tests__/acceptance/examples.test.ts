import { join } from 'node:path';
import { loadDefinitions, type CheckedCluster } from '../../model/load/load';
import * as outputs from '../../model/cluster/outputs';
import { PROJECT_ROOT } from '../../tools/paths';
import { describeTerraform, plan, plannedVms, synthesize, type Synthesis } from '../testing/terraform';

const CLUSTERS = ['datacenter', 'gpu', 'home', 'single', 'storage'];

describeTerraform('the examples with the real provider', () => {
  let synthesis: Synthesis;
  let loaded: readonly CheckedCluster[];

  beforeAll(async () => {
    synthesis = await synthesize('clusters');
    loaded = (await loadDefinitions(join(PROJECT_ROOT, 'clusters'))).clusters;
  });

  it('are all synthesized in one run', () => {
    expect(synthesis.stacks).toEqual(CLUSTERS);
  });

  it.each(CLUSTERS)(
    '%s: init, validate and plan are clean, and plan what the definition says',
    async (name) => {
      const cluster = loaded.find((checked) => checked.cluster.name === name)?.cluster;
      if (!cluster) throw new Error(`no cluster ${name}`);

      const planned = await plan(synthesis, name);

      expect(plannedVms(planned)).toEqual(cluster.nodes.map((node) => node.name).sort());
      const vms = planned.resource_changes.filter(({ type }) => type === 'proxmox_virtual_environment_vm');
      for (const { address, change } of vms) {
        const node = cluster.nodes.find((n) => address.endsWith(`.${n.name}`));
        expect(change.after).toMatchObject({ node_name: node?.server.nodeName, vm_id: node?.vmId });
        const devices = change.after['network_device'] as { mac_address: string }[];
        expect(devices.map((device) => device.mac_address)).toEqual(node?.nics.map(({ mac }) => mac));
      }

      const value = (output: string): unknown => planned.planned_values.outputs[output]?.value;
      const inventory = outputs.machineInventory(cluster);
      const ofRole = (role: string) =>
        Object.fromEntries(Object.entries(inventory).filter(([, m]) => m.role === role));
      expect(value('machine_inventory')).toEqual(inventory);
      expect(JSON.parse(String(value('machine_inventory_json')))).toEqual(inventory);
      expect(value('control_plane_vms')).toEqual(ofRole('control-plane'));
      expect(value('worker_vms')).toEqual(ofRole('worker'));
      expect(value('gpu_worker_vms')).toEqual(ofRole('gpu-worker'));
      expect(value('dhcp_reservations_table')).toBe(outputs.dhcpReservationsTable(cluster));
      expect(value('cluster_summary')).toEqual(outputs.clusterSummary(cluster));
    },
  );
});

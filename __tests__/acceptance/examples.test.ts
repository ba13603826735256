import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinitions, type CheckedCluster } from '../../model/load/load';
import * as outputs from '../../model/cluster/outputs';
import { machineInventory } from '../../model/inventory/machine';
import { PROJECT_ROOT } from '../../tools/paths';
import {
  describeTerraform,
  plan,
  plannedVms,
  synthesize,
  temporaryFolder,
  terraform,
  type Synthesis,
  type TerraformJson,
} from '../testing/terraform';

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

      const { outputs: known } = planned.planned_values;
      expect(known['dhcp_reservations_table']?.value).toBe(outputs.dhcpReservationsTable(cluster));
      expect(known['cluster_summary']?.value).toEqual(outputs.clusterSummary(cluster));
      // They wait for the VMs.
      expect(known['machine_inventory']?.value).toBeUndefined();
    },
  );

  it.each(CLUSTERS)('%s: the outputs are those of the model, lists and empty ones too', async (name) => {
    const cluster = loaded.find((checked) => checked.cluster.name === name)?.cluster;
    if (!cluster) throw new Error(`no cluster ${name}`);
    const value = await evaluatedOutputs(synthesis.json(name));

    const inventory = machineInventory(cluster);
    const ofRole = (role: string) =>
      Object.fromEntries(Object.entries(inventory).filter(([, m]) => m.role === role));
    expect(value('machine_inventory')).toEqual(inventory);
    expect(JSON.parse(String(value('machine_inventory_json')))).toEqual(inventory);
    expect(value('control_plane_vms')).toEqual(ofRole('control-plane'));
    expect(value('worker_vms')).toEqual(ofRole('worker'));
    expect(value('gpu_worker_vms')).toEqual(ofRole('gpu-worker'));
  });
});

/** The outputs of a stack as Terraform evaluates them once all VMs are made. */
async function evaluatedOutputs({ locals, output }: TerraformJson): Promise<(name: string) => unknown> {
  const dir = temporaryFolder();
  const inventory = Object.entries(locals).filter(([name]) => name.startsWith('machine_inventory'));
  const stack = { locals: { ...Object.fromEntries(inventory), machine_inventory_made: true }, output };
  writeFileSync(join(dir, 'cdk.tf.json'), JSON.stringify(stack));
  await terraform(dir, ['init']);
  await terraform(dir, ['apply', '-auto-approve']);
  const { stdout } = await terraform(dir, ['output', '-json']);
  const values = JSON.parse(stdout) as Record<string, { readonly value: unknown }>;
  return (name) => values[name]?.value;
}

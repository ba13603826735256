import { Construct } from 'constructs';
import { BaseStack, TalosCluster } from '../../constructs';
import { ClusterOutputs } from '../../constructs/cluster-outputs';
import type { Cluster } from '../../model/cluster/cluster';
import * as outputs from '../../model/cluster/outputs';
import { machineInventory } from '../../model/inventory/machine';
import {
  cluster,
  managedBy,
  clusterProps,
  network,
  nic,
  node,
  render,
  server,
  serverProps,
  testApp,
  type Rendered,
} from '../testing/synth';

const control = node({ name: 'cp-1', role: 'control-plane', vmId: 1000 });
const worker = node({ name: 'w-1', nics: [nic({ mac: 'BC:24:11:02:00:00', ip: '192.168.10.110' })] });
const home = cluster([control, worker], { servers: [server('idle'), server('pve1')] });

/** The outputs of a cluster that stands below some other constructs. */
function outputsOf(of: Cluster): { stack: BaseStack; json: Rendered; value: (name: string) => unknown } {
  const stack = new BaseStack(testApp(), 'home');
  new ClusterOutputs(new Construct(new Construct(stack, 'team'), 'cluster'), 'outputs', of);
  const json = render(stack);
  return { stack, json, value: (name) => json.output[name]?.['value'] };
}

const NAMES = [
  'cluster_summary', 'control_plane_count', 'control_plane_endpoints', 'control_plane_vms', 'dhcp_reservations_table',
  'gpu_configuration_needed', 'gpu_worker_count', 'gpu_worker_vms', 'mac_to_ip_mapping', 'machine_inventory',
  'machine_inventory_json', 'omnictl_ready', 'vms_by_server', 'worker_count', 'worker_vms',
]; // prettier-ignore

test('defaults: exactly these names, each with a description, none of them sensitive', () => {
  const { json } = outputsOf(home);

  expect(Object.keys(json.output).sort()).toEqual(NAMES);
  expect(json.locals['machine_inventory']).toEqual(machineInventory(home));
  for (const output of Object.values(json.output)) {
    expect(Object.keys(output).sort()).toEqual(['description', 'value']);
    expect(output['description']).toMatch(/^[A-Z].+\.$/);
  }
});

test('stand right below the stack, where `cdktf output` looks for them', () => {
  const { stack } = outputsOf(home);

  const { outputs: tree } = (stack.toTerraform() as { '//': { outputs: unknown } })['//'];
  expect(tree).toEqual({ home: Object.fromEntries(NAMES.map((name) => [name, name])) });
});

test('write the inventory once, and take the rest from it', () => {
  const { value } = outputsOf(home);

  const filter = (role: string) =>
    `\${tomap({ for name, machine in local.machine_inventory_map : name => machine if machine.role == "${role}" })}`;
  expect(value('machine_inventory')).toBe('${local.machine_inventory_map}');
  expect(value('machine_inventory_json')).toBe('${jsonencode(local.machine_inventory)}');
  expect(value('control_plane_vms')).toBe(filter('control-plane'));
  expect(value('worker_vms')).toBe(filter('worker'));
  expect(value('gpu_worker_vms')).toBe(filter('gpu-worker'));
});

test('wait for the VMs where they hold the inventory', () => {
  const stack = new BaseStack(testApp(), 'home');
  new TalosCluster(stack, 'home', clusterProps());
  const { output, locals } = render(stack);

  const waiting = Object.keys(output).filter((name) =>
    String(output[name]?.['value']).startsWith('${local.machine_inventory_made ? '),
  );
  expect(waiting.sort()).toEqual(NAMES.filter((name) => /_inventory|_vms/.test(name)));
  expect(output['machine_inventory']).toMatchObject({
    value: '${local.machine_inventory_made ? local.machine_inventory_map : null}',
  });
  const vm = 'proxmox_virtual_environment_vm';
  expect(locals['machine_inventory_made']).toBe(`\${join("", [${vm}.cp-1.id, ${vm}.w-1.id]) != ""}`);
});

test('have the values of the model', () => {
  const { value } = outputsOf(home);

  expect(value('control_plane_count')).toBe(1);
  expect(value('worker_count')).toBe(1);
  expect(value('gpu_worker_count')).toBe(0);
  expect(value('control_plane_endpoints')).toEqual(['192.168.10.100']);
  expect(value('mac_to_ip_mapping')).toEqual(outputs.macToIpMapping(home));
  expect(value('dhcp_reservations_table')).toBe(outputs.dhcpReservationsTable(home));
  expect(value('vms_by_server')).toEqual({ idle: [], pve1: outputs.vmsByServer(home)['pve1'] });
  expect(value('cluster_summary')).toEqual(outputs.clusterSummary(home));
  expect(value('gpu_configuration_needed')).toEqual([]);
  expect(value('omnictl_ready')).toBe(outputs.omnictlReady(home));
});

test('say which GPU a person must attach', () => {
  const gpu = node({ name: 'g-1', role: 'gpu-worker', vmId: 1900, gpuPciId: '01:00' });

  expect(outputsOf(cluster([gpu])).value('gpu_configuration_needed')).toEqual([
    {
      hostname: 'g-1',
      server: 'pve1',
      node: 'pve1',
      gpu_pci_id: '01:00',
      instructions: '1. SSH to pve1, 2. Run: qm set 1900 -hostpci0 01:00,pcie=1',
    },
  ]);
});

test('escape foreign text, and only that', () => {
  const strange = cluster([node({ gpuPciId: '${a}', nics: [nic({ bridge: '%{b}' })] })], {
    network: network({ dnsServers: ['${c}'] }),
    management: managedBy('https://${d}'),
  });
  const { json, value } = outputsOf(strange);

  expect(json.locals['machine_inventory']).toMatchObject({
    'w-1': { gpu_pci_id: '$${a}', nics: [{ bridge: '%%{b}' }], dns_servers: ['$${c}'] },
  });
  expect(value('omnictl_ready')).toContain('OMNI_ENDPOINT=https://$${d}\n');
  expect(value('machine_inventory')).toBe('${local.machine_inventory_map}');
});

test('of a whole cluster name a server without nodes', () => {
  const stack = new BaseStack(testApp(), 'home');
  const proxmoxServers = { pve1: serverProps('pve1'), idle: serverProps('idle') };
  new TalosCluster(stack, 'home', clusterProps({ proxmoxServers }));

  const names = ['cp-1', 'w-1'].map((name) => expect.objectContaining({ name }) as unknown);
  expect(render(stack).output['vms_by_server']).toMatchObject({ value: { idle: [], pve1: names } });
});

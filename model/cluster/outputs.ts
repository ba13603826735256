import type { Cluster, Node } from './cluster';
import { ROLES, type Role } from './roles';
import { byBytes, count } from '../support/text';

/** The address of the first NIC. */
const primary = (node: Node): Node['nics'][number] => {
  const nic = node.nics[0];
  if (!nic) throw new Error(`bug: node ${node.name} has no NIC`);
  return nic;
};

/** Output `mac_to_ip_mapping`. */
export const macToIpMapping = (cluster: Cluster) =>
  Object.fromEntries(
    cluster.nodes.map((node) => {
      const { mac, ip } = primary(node);
      return [mac, { ip_address: ip, hostname: node.name, role: node.role }];
    }),
  );

/** Output `dhcp_reservations_table`: for people, and for DHCP servers that read such a list. */
export function dhcpReservationsTable(cluster: Cluster): string {
  const rows = byName(cluster.nodes).map((node) => {
    const { mac, ip } = primary(node);
    return `${mac.padEnd(19)} | ${ip.padEnd(15)} | ${node.name}`;
  });
  return [
    '# DHCP Reservations for Talos Cluster',
    '# MAC Address       | IP Address      | Hostname',
    '#-------------------+-----------------+---------------------------',
    ...rows,
  ].join('\n');
}

/** Output `vms_by_server`: every server of the definition, also one without nodes. */
export const vmsByServer = (cluster: Cluster) =>
  Object.fromEntries(
    cluster.servers.map(({ key }) => [
      key,
      byName(cluster.nodes)
        .filter((node) => node.server.key === key)
        .map((node) => ({ name: node.name, role: node.role, ip: primary(node).ip })),
    ]),
  );

/** Number of nodes by role. */
export function roleCounts(cluster: Cluster): Record<Role, number> {
  const counts = Object.fromEntries(ROLES.map((role) => [role, 0])) as Record<Role, number>;
  for (const { role } of cluster.nodes) counts[role]++;
  return counts;
}

/** Output `control_plane_endpoints`. */
export const controlPlaneEndpoints = (cluster: Cluster): string[] =>
  cluster.nodes.filter(({ role }) => role === 'control-plane').map((node) => primary(node).ip);

/** Output `cluster_summary`. */
export function clusterSummary(cluster: Cluster) {
  const counts = roleCounts(cluster);
  return {
    cluster_name: cluster.name,
    total_vms: cluster.nodes.length,
    control_plane_count: counts['control-plane'],
    worker_count: counts.worker,
    gpu_worker_count: counts['gpu-worker'],
    proxmox_servers: cluster.servers.map(({ key }) => key),
    network_subnet: cluster.network.subnet,
    network_gateway: cluster.network.gateway,
  };
}

/** Output `gpu_configuration_needed`: GPU workers whose device a person must attach. */
export const gpuConfigurationNeeded = (cluster: Cluster) =>
  cluster.nodes
    .filter((node) => node.role === 'gpu-worker' && node.gpuPciId !== '' && node.gpuMappings.length === 0)
    .map((node) => ({
      hostname: node.name,
      server: node.server.key,
      node: node.server.nodeName,
      gpu_pci_id: node.gpuPciId,
      instructions: `1. SSH to ${node.server.nodeName}, 2. Run: qm set ${node.vmId} -hostpci0 ${node.gpuPciId},pcie=1`,
    }));

/** Output `omnictl_ready`: what to do after apply. */
export function omnictlReady({ name, nodes, management }: Cluster): string {
  const has = `${name} has ${count(nodes.length, 'VM')}.`;
  switch (management.kind) {
    case 'omni':
      return [
        `${has} Next:`,
        ...(management.endpoint ? [`  export OMNI_ENDPOINT=${management.endpoint}`] : []),
        `  npm run discover -- ${name} --wait 10m    # until every VM has registered in Omni`,
        `  npm run generate -- ${name}`,
        `  npm run apply -- ${name}`,
      ].join('\n');
    case 'standalone':
      return [`${has} Next:`, `  npm run up -- ${name}    # makes them a cluster with talosctl`].join('\n');
    case 'none':
      return `${has} Talos on them is yours: management is none.`;
  }
}

const byName = (nodes: readonly Node[]): Node[] => [...nodes].sort((a, b) => byBytes(a.name, b.name));

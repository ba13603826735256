/** The definition of a proposed cluster, as a person would write and comment it. */
import { stringify } from 'yaml';
import type { Role } from '../cluster/roles';
import { tokenVariable } from '../cluster/variables';
import type { PlacedNode } from './place';
import type { Proposal, ProposedServer } from './propose';
import type { Wishes } from './wishes';

/** A value on one line. */
const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, singleQuote: true }).trimEnd();

/**
 * Writes it.
 *
 * @param schema file of the JSON schema, as the definition reaches it
 */
export function initialDefinition(proposal: Proposal, schema: string): string {
  const parts = [
    head(proposal, schema),
    ['proxmox_servers:', ...proposal.servers.flatMap(serverLines)],
    networkLines(proposal),
    sharedLines(proposal),
    imageLines(proposal),
    managementLines(proposal),
    backendLines(proposal),
    gpuLines(proposal),
    defaultLines(proposal),
    ...nodeLines(proposal),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head({ wishes, servers, macPrefix }: Proposal, schema: string): string[] {
  const variables = servers.map(({ key }) => `TF_VAR_${tokenVariable(key)}`);
  return [
    `# yaml-language-server: $schema=${schema}`,
    '#',
    `# Cluster ${wishes.name}, proposed by init from what the servers have; it is yours from here on.`,
    '# Tokens are not in here: set',
    ...variables.map((name) => `#   ${name}`),
    '',
    `cluster_name: ${flow(wishes.name)} # name of the cluster, its stack and its state`,
    `talos_version: ${wishes.talosVersion}`,
    `kubernetes_version: ${wishes.kubernetesVersion}`,
    `mac_address_prefix: ${flow(macPrefix)} # nobody on these servers has it`,
  ];
}

function serverLines({ key, seen, bridge, diskStorage, imageStorage }: ProposedServer): string[] {
  const lines = [
    `api_url: ${flow(seen.api_url)}`,
    ...(seen.tls_insecure
      ? ['tls_insecure: true # the certificate is not checked; better: SSL_CERT_FILE']
      : []),
    `node_name: ${flow(seen.node_name)} # Proxmox VE ${seen.version}, ${seen.cpus} threads, ${seen.memory_gb} GB`,
    ...(seen.proxmox_cluster === undefined
      ? []
      : [`proxmox_cluster: ${flow(seen.proxmox_cluster)} # its members share VMIDs, mappings and pools`]),
    `network_bridge: ${flow(bridge)}${others(
      seen.bridges.map(({ name }) => name),
      bridge,
    )}`,
    `storage_os: ${flow(diskStorage)}${storageNote(seen, diskStorage)}`,
    `storage_data: ${flow(diskStorage)}`,
    ...(imageStorage === 'local' ? [] : [`storage_images: ${flow(imageStorage)}`]),
  ];
  return [`  ${flow(key)}:`, ...lines.map((line) => `    ${line}`)];
}

const others = (names: readonly string[], taken: string): string => {
  const rest = names.filter((name) => name !== taken);
  return rest.length === 0 ? '' : ` # there is also ${rest.join(', ')}`;
};

function storageNote({ storages }: ProposedServer['seen'], taken: string): string {
  const disks = storages.filter(({ content }) => content.includes('images'));
  const own = disks.find(({ name }) => name === taken);
  const rest = disks
    .filter(({ name }) => name !== taken)
    .map(({ name, free_gb }) => `${name} (${free_gb} GB)`);
  const also = rest.length === 0 ? '' : `; there is also ${rest.join(', ')}`;
  return own ? ` # ${own.type}, ${own.free_gb} GB free${also}` : '';
}

const networkLines = ({ wishes }: Proposal): string[] => [
  'network_config:',
  `  subnet: ${flow(wishes.subnet)}`,
  `  gateway: ${flow(wishes.gateway)}`,
  `  dns_servers: ${flow([...wishes.dns])}`,
  ...(wishes.vlan === 0 ? [] : [`  vlan_id: ${wishes.vlan}`]),
  wishes.dhcpRange === undefined
    ? '  # dhcp_range: first-last # what your DHCP server hands out; static addresses must lie outside'
    : `  dhcp_range: ${wishes.dhcpRange} # static addresses must lie outside`,
];

function sharedLines({ sharedStorages, servers }: Proposal): string[] {
  if (sharedStorages.length === 0) return [];
  return [
    'shared_storages: # an image is downloaded there once for all of them',
    ...sharedStorages.map(({ name, servers: keys }) => {
      const users = servers.filter(({ imageStorage }) => imageStorage === name);
      return `  ${flow(name)}: ${flow(users.length === keys.length ? {} : { servers: keys })}`;
    }),
  ];
}

/** The image of a machine that joins Omni carries a join token, so its address is a secret. */
function imageLines({ wishes, gpus }: Proposal): string[] {
  if (wishes.management === 'standalone')
    return [
      'images:',
      '  # What the image factory builds; its address and the installer follow from it. Nodes need no DHCP with it.',
      '  talos: { schematic: {} }',
      ...(gpus.length > 0 ? ['  gpu: { schematic: {} } # with the extensions of GPU workers'] : []),
    ];
  const file = (kind: string): string => `talos-${wishes.talosVersion}-nocloud-amd64${kind}.iso`;
  return [
    'images:',
    '  # Omni: Download Installation Media, NoCloud. Its address holds the join token of your Omni, so it comes from a variable:',
    '  # export TF_VAR_talos_image_url=https://…',
    `  talos: { url_variable: talos_image_url, file_name: ${file('')} }`,
    ...(gpus.length > 0
      ? [
          `  gpu: { url_variable: talos_gpu_image_url, file_name: ${file('-gpu')} } # the same with the extensions of GPU workers`,
        ]
      : []),
  ];
}

const managementLines = ({ wishes, vip }: Proposal): string[] =>
  wishes.management === 'omni'
    ? ['omni:', `  endpoint: ${flow(wishes.omniEndpoint)}`]
    : [
        'management: standalone # talosctl makes the cluster, without Omni',
        'standalone:',
        `  vip: ${flow(vip)} # free address that the control planes share`,
      ];

const backendLines = ({ wishes }: Proposal): string[] => [
  'backend: # where the Terraform state lives; a team takes a remote one: s3, pg, http, …',
  '  type: local',
  `  config: { path: ../../../state/${wishes.name}.tfstate } # relative to cdktf.out/stacks/${wishes.name}`,
];

/** Mappings that this cluster makes, for devices that have none yet. */
function gpuLines({ nodes, wishes }: Proposal): string[] {
  const mapped = nodes.filter(({ gpu }) => gpu && gpu.mapping === undefined);
  if (mapped.length === 0) return [];
  return [
    'pci_mappings: # made by this cluster: so an API token may pass the devices through',
    ...mapped.flatMap((node) => {
      const { server, device } = node.gpu ?? {};
      const { path, id, iommu_group, subsystem_id, mediated } = device ?? {};
      const entry = {
        proxmox_server: server,
        path,
        id,
        iommu_group,
        ...(subsystem_id === undefined ? {} : { subsystem_id }),
      };
      return [
        `  ${mappingName(node, wishes)}:`,
        ...(mediated ? ['    mediated_devices: true'] : []),
        '    devices:',
        `      - ${flow(entry)}`,
      ];
    }),
  ];
}

const mappingName = ({ name, gpu }: PlacedNode, { name: cluster }: Wishes): string =>
  gpu?.mapping ?? `${cluster}-${name}`;

const NVIDIA = '10de:';
const NVIDIA_EXTENSIONS = [
  'siderolabs/nonfree-kmod-nvidia-production',
  'siderolabs/nvidia-container-toolkit-production',
];

function defaultLines(proposal: Proposal): string[] {
  const { sizes, firstIps, vmIds, osDiskGb, gpus } = proposal;
  const role = (
    name: string,
    of: Role,
    first: number,
    last: number,
    more: readonly string[] = [],
  ): string[] => [
    `  ${name}:`,
    `    first_ip: ${flow(firstIps[of])} # of the node with index 0: that of the number 1`,
    `    vm_id_range: ${vmIds.first + first}-${vmIds.first + last}`,
    `    cpu_cores: ${sizes[of].cores}`,
    `    memory_mb: ${sizes[of].memoryMb}`,
    `    os_disk_size_gb: ${osDiskGb}`,
    ...more.map((line) => `    ${line}`),
  ];
  const isNvidia = gpus.some(({ device }) => device.id.startsWith(NVIDIA));
  return [
    'defaults: # what nodes leave out; VMIDs and addresses are free, as far as the servers know',
    ...role('control_planes', 'control-plane', 0, 99),
    ...role('workers', 'worker', 100, 899, ['# data_disk_size_gb: 200']),
    ...(gpus.length === 0
      ? []
      : role('gpu_workers', 'gpu-worker', 900, 999, [
          'cpu_type: host',
          ...(isNvidia ? ['system_extensions:', ...NVIDIA_EXTENSIONS.map((name) => `  - ${name}`)] : []),
        ])),
  ];
}

function nodeLines({ nodes, wishes }: Proposal): string[][] {
  const of = (role: Role): string[] =>
    nodes
      .filter((node) => node.role === role)
      .map((node) => {
        const gpu = node.gpu ? { gpu_mappings: [mappingName(node, wishes)] } : {};
        const entry = { name: `${wishes.name}-${node.name}`, proxmox_server: node.server, ...gpu };
        return `  - ${flow(entry)}`;
      });
  const [workers, gpuWorkers] = [of('worker'), of('gpu-worker')];
  return [
    [
      '# The number at the end of a name is the identity of a node: MAC, VMID and address come from it, never from its place.',
      'control_planes:',
      ...of('control-plane'),
    ],
    ...(workers.length > 0 ? [['workers:', ...workers]] : []),
    ...(gpuWorkers.length > 0 ? [['gpu_workers:', ...gpuWorkers]] : []),
  ];
}

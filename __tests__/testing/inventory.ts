import { machineInventory, type Inventory, type InventoryMachine } from '../../model/inventory/machine';
import { checkDefinitions } from '../../model/load/load';
import { parseYaml } from '../../model/cluster/definition/yaml';
import { machineStatusSchema, type MachineStatus } from '../../model/omni/machine-status';

/** The base of the Omni tests: 3 control planes, a worker and a GPU worker of cluster `home`, Talos v1.11.5. */
export const BASE = `
cluster_name: home
talos_version: v1.11.5
kubernetes_version: v1.34.1
network_config: { subnet: 192.168.10.0/24, gateway: 192.168.10.1, dns_servers: [192.168.10.1] }
proxmox_servers:
  pve1: { api_url: https://192.168.10.5:8006/, node_name: pve1, network_bridge: vmbr0, storage_os: local-lvm }
images:
  talos: { iso: local:iso/talos-v1.11.5-nocloud-amd64.iso }
control_planes:
  - { name: cp-1, ip_address: 192.168.10.100 }
  - { name: cp-2, ip_address: 192.168.10.101 }
  - { name: cp-3, ip_address: 192.168.10.102 }
workers:
  - { name: worker-1, ip_address: 192.168.10.110 }
gpu_workers:
  - { name: gpu-1, ip_address: 192.168.10.120, gpu_mappings: [gpu] }
`;

/** The inventory of the base. */
export function baseInventory(): Inventory {
  const { clusters, diagnostics } = checkDefinitions([parseYaml('base.yaml', BASE)]);
  if (!clusters[0]) throw new Error(JSON.stringify(diagnostics));
  return machineInventory(clusters[0].cluster);
}

/** One machine of an inventory; fails the test if there is none of that name. */
export function nodeOf(inventory: Inventory, name: string): InventoryMachine {
  const node = inventory[name];
  if (!node) throw new Error(`no ${name}`);
  return node;
}

/** What a test sets of a machine in Omni. */
export interface StatusParts {
  readonly id?: string;
  /** Hardware addresses; `null` for a machine that has told nothing yet. */
  readonly macs?: readonly string[] | null;
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Raw MachineStatus of an inventory machine, as omnictl prints it: lower case, with a join token in three places. */
export function rawStatus(node: InventoryMachine, { id, macs, labels, spec }: StatusParts = {}): unknown {
  const addresses = macs === undefined ? node.nics.map((nic) => nic.mac_address.toLowerCase()) : macs;
  return {
    metadata: {
      id: id ?? node.smbios_uuid,
      labels: { 'omni.sidero.dev/connected': null, ...labels },
      version: 3,
      updated: '2026-01-01T00:00:00Z',
    },
    spec: {
      cluster: '',
      connected: true,
      maintenance: true,
      role: 0,
      talosversion: 'v1.11.5',
      kernelcmdline: `siderolink.api=grpc://omni?jointoken=${TOKEN}`,
      hardware: addresses && {
        arch: 'amd64',
        blockdevices: [{ linuxname: '/dev/sda', size: 53687091200, serial: '', systemdisk: false }],
      },
      network: addresses && {
        hostname: 'talos-1',
        addresses: [`${node.ip_address}/24`],
        networklinks: addresses.map((hardwareaddress, i) => ({ linuxname: `ens${18 + i}`, hardwareaddress })),
      },
      schematic: addresses && {
        fullid: '3765',
        extensions: null,
        kernelargs: [`siderolink.api=grpc://omni?jointoken=${TOKEN}`],
        raw: `kernel: ${TOKEN}`,
      },
      ...spec,
    },
  };
}

/** Planted wherever Omni shows the join token. */
export const TOKEN = 'w7uVuW3zbVKIYQuzEcyetAHeYMeo5q2L9RvkAVfCfSCD';

/** The same after parsing. */
export const status = (node: InventoryMachine, parts?: StatusParts): MachineStatus =>
  machineStatusSchema.parse(rawStatus(node, parts));

/** Text as omnictl prints it: pretty-printed objects, one after the other. */
export const omnictlText = (statuses: readonly unknown[]): string =>
  statuses.map((value) => `${JSON.stringify(value, null, 4)}\n`).join('');

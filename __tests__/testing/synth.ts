import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type TerraformStack } from 'cdktf';
import { ClusterStack, type TalosClusterProps, type TalosClusterTransforms } from '../../constructs';
import { ProxmoxServers } from '../../constructs/proxmox/proxmox-servers';
import { TalosVm, type TalosVmProps } from '../../constructs/proxmox/talos-vm';
import { BaseStack } from '../../constructs/stacks/base-stack';
import type { Management } from '../../model/cluster/management';
import { synthesizeStack, type TerraformBlock, type TerraformJson } from '../../constructs/testing';
import type { Cluster, Disk, Image, Network, Nic, Node, Server } from '../../model/cluster/cluster';

export type { TerraformBlock as Block, TerraformJson as Rendered } from '../../constructs/testing';
export { synthesizeStack as render } from '../../constructs/testing';

type Blocks = Readonly<Record<string, TerraformBlock>>;

const folders: string[] = [];

/** An app that writes to a folder which is gone after the tests of the file. */
export function testApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'talos-proxmox-synth-'));
  folders.push(outdir);
  return new App({ outdir });
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What all validations of a stack have to say. */
export function problems(stack: TerraformStack): string[] {
  stack.prepareStack();
  return stack.node.findAll().flatMap(({ node }) => node.validate());
}

/** All resources of a type, by name. */
export const resources = (json: TerraformJson, type: string): Blocks => json.resource[type] ?? {};

/** One resource; fails the test if it is not there. */
export function resource(json: TerraformJson, type: string, name: string): TerraformBlock {
  const found = resources(json, type)[name];
  if (!found)
    throw new Error(`no ${type}.${name}; there is ${Object.keys(resources(json, type)).join(', ')}`);
  return found;
}

export const VM = 'proxmox_virtual_environment_vm';
export const DOWNLOAD = 'proxmox_download_file';
export const MAPPING = 'proxmox_hardware_mapping_pci';
export const POOL = 'proxmox_virtual_environment_pool';

/** A cluster that no rule has anything to say about: one server, one control plane, one worker. */
export const clusterProps = (changes: Partial<TalosClusterProps> = {}): TalosClusterProps => ({
  talosVersion: 'v1.11.5',
  proxmoxServers: { pve1: serverProps('pve1') },
  networkConfig: {
    subnet: '192.168.10.0/24',
    gateway: '192.168.10.1',
    dnsServers: ['192.168.10.1', '1.1.1.1'],
  },
  macAddressPrefix: '02:AB:01',
  images: { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } },
  backend: { type: 'local', config: { path: '../../../state/home.tfstate' } },
  defaults: { controlPlanes: { firstIp: '192.168.10.100' }, workers: { firstIp: '192.168.10.110' } },
  controlPlanes: [{ name: 'cp-1', proxmoxServer: 'pve1' }],
  workers: [{ name: 'w-1', proxmoxServer: 'pve1' }],
  ...changes,
});

/** The keys that a server must have. */
export const serverProps = (name: string): TalosClusterProps['proxmoxServers'][string] => ({
  apiUrl: `https://${name}.example.com:8006/`,
  nodeName: name,
  networkBridge: 'vmbr0',
  storageOs: 'local-lvm',
  storageData: 'tank',
});

/** A cluster in TypeScript, rendered. */
export function renderCluster(
  changes: Partial<TalosClusterProps> = {},
  transforms?: TalosClusterTransforms,
): TerraformJson {
  return synthesizeStack(new ClusterStack(testApp(), 'home', { ...clusterProps(changes), transforms }));
}

export const server = (key: string, changes: Partial<Server> = {}): Server => ({
  key,
  endpoint: `https://${key}.example.com:8006/`,
  nodeName: key,
  site: `https://${key}.example.com:8006/`,
  siteName: key,
  insecure: false,
  minTls: '1.3',
  diskStorages: ['local-lvm'],
  imageStorage: 'local',
  ...changes,
});

export const isoImage = (changes: Partial<Image> = {}): Image => ({
  key: 'talos',
  source: { kind: 'iso', files: { pve1: 'local:iso/talos.iso' } },
  platform: 'nocloud',
  ...changes,
});

export const network = (changes: Partial<Network> = {}): Network => ({
  subnet: '192.168.10.0/24',
  prefix: 24,
  gateway: '192.168.10.1',
  dnsServers: ['192.168.10.1', '1.1.1.1'],
  ...changes,
});

export const nic = (changes: Partial<Nic> = {}): Nic => ({
  network: 'management',
  bridge: 'vmbr0',
  vlanId: 0,
  mac: 'BC:24:11:01:00:00',
  ip: '192.168.10.100',
  prefix: 24,
  version: 4,
  gateway: '192.168.10.1',
  ...changes,
});

export const disk = (changes: Partial<Disk> = {}): Disk => ({
  purpose: 'os',
  name: 'os',
  slot: 0,
  interface: 'scsi0',
  storage: 'local-lvm',
  sizeGb: 100,
  format: 'raw',
  serial: 'os',
  volume: false,
  longhorn: false,
  ...changes,
});

const machineConfig = {
  systemExtensions: [],
  kernelArgs: [],
  sysctls: {},
  nodeLabels: {},
  patches: {},
};

/** A worker on server pve1 with one disk and one NIC. */
export const node = (changes: Partial<Node> = {}): Node => ({
  name: 'w-1',
  role: 'worker',
  index: 0,
  server: server('pve1'),
  vmId: 1100,
  uuid: '11111111-2222-5333-8444-555555555555',
  adopted: false,
  ignoreChanges: [],
  cpuCores: 4,
  cpuType: 'x86-64-v2-AES',
  memoryMb: 8192,
  disks: [disk()],
  nics: [nic()],
  image: isoImage(),
  bios: 'ovmf',
  machine: 'q35',
  scsiHardware: 'virtio-scsi-single',
  secureBoot: false,
  nocloud: true,
  gpuMappings: [],
  gpuPciId: '',
  agent: false,
  startOnBoot: true,
  started: true,
  protection: false,
  rebootAfterUpdate: false,
  ha: false,
  tags: ['home', 'talos'],
  systemExtensions: [],
  machineSet: 'workers',
  omni: { locked: false, labels: {}, annotations: {} },
  config: machineConfig,
  ...changes,
});

/** A cluster that Omni manages. */
export const managedBy = (endpoint?: string): Management => ({
  kind: 'omni',
  ...(endpoint === undefined ? {} : { endpoint }),
  settings: { labels: {}, annotations: {}, healthchecks: [] },
});

/** A cluster of these nodes, with the servers that they are on. */
export const cluster = (nodes: readonly Node[], changes: Partial<Cluster> = {}): Cluster => ({
  name: 'home',
  talosVersion: 'v1.11.5',
  talosContract: 'v1.11.5',
  management: managedBy(),
  manifests: [],
  config: machineConfig,
  machineSets: [],
  servers: [...new Map(nodes.map((n) => [n.server.key, n.server])).values()],
  network: network(),
  nodes,
  images: [isoImage()],
  pciMappings: [],
  backend: { type: 'local', config: {} },
  stateSplit: 'none',
  parts: [],
  guards: true,
  ...changes,
});

/** The VM of a node as Terraform gets it. */
export function renderVm(
  changes: Partial<Node> = {},
  props: Partial<Omit<TalosVmProps, keyof Node>> = {},
): TerraformBlock {
  const stack = new BaseStack(testApp(), 'test');
  const machine = node(changes);
  const bootFile = { fileId: 'local:iso/talos.iso', content: 'iso' as const };
  ProxmoxServers.of(stack).addServers([machine.server]);
  new TalosVm(stack, machine.name, {
    ...machine,
    clusterName: 'home',
    dnsServers: network().dnsServers,
    guards: false,
    isChecked: true,
    bootFile,
    ...props,
  });
  return resource(synthesizeStack(stack), VM, machine.name);
}

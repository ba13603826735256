import type { SeenGuest, SeenServer, Survey } from '../../model/init/survey';
import { DEFAULT_KUBERNETES, DEFAULT_TALOS, type Wishes } from '../../model/init/wishes';

/** A server as a new installation has it. */
export const seenServer = (name: string, changes: Partial<SeenServer> = {}): SeenServer => ({
  api_url: `https://${name}.example.com:8006/`,
  node_name: name,
  version: '9.1.1',
  cpus: 16,
  memory_gb: 128,
  storages: [
    { name: 'local', type: 'dir', content: ['backup', 'iso', 'vztmpl'], shared: false, free_gb: 90 },
    { name: 'local-lvm', type: 'lvmthin', content: ['images', 'rootdir'], shared: false, free_gb: 1000 },
  ],
  bridges: [{ name: 'vmbr0', vlan_aware: false, address: '192.168.10.5/24', gateway: '192.168.10.1' }],
  devices: [],
  ...changes,
});

export const seenGuest = (vm_id: number, changes: Partial<SeenGuest> = {}): SeenGuest => ({
  site: 'pve1',
  node_name: 'pve1',
  vm_id,
  name: `vm-${vm_id}`,
  running: true,
  memory_gb: 4,
  macs: [],
  addresses: [],
  devices: [],
  talos: false,
  ...changes,
});

export const surveyOf = (
  servers: Survey['servers'] = { pve1: seenServer('pve1') },
  guests: readonly SeenGuest[] = [],
  mappings: Survey['mappings'] = [],
): Survey => ({ format_version: 1, servers, guests: [...guests], mappings });

export const wishes = (changes: Partial<Wishes> = {}): Wishes => ({
  name: 'home',
  management: 'standalone',
  talosVersion: DEFAULT_TALOS,
  kubernetesVersion: DEFAULT_KUBERNETES,
  vlan: 0,
  subnet: '192.168.10.0/24',
  gateway: '192.168.10.1',
  dns: ['192.168.10.1'],
  controlPlanes: 1,
  workers: 1,
  gpuWorkers: 0,
  ...changes,
});

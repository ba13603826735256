import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';

/** Cluster of the demo: a name of its own, so that nothing of a user's cluster is touched. */
export const CLUSTER = 'demo';

/** Two servers with a GPU worker and a storage network. The examples in `clusters/` are for users to change and delete. */
export function demoDefinition(): Document {
  const document = parseDocument(readFileSync(join(__dirname, 'servers.yaml'), 'utf8'));
  const set = (path: readonly unknown[], value: unknown): void =>
    document.setIn(path, document.createNode(value));
  set(['cluster_name'], CLUSTER);
  set(['storage_network'], { subnet: '172.31.250.0/24', bridge: 'vmbr2', mtu: 9000 });
  set(['defaults', 'workers', 'storage_first_ip'], '172.31.250.10');
  set(['pci_mappings'], {
    rtx3090: {
      devices: [{ proxmox_server: 'pve2', path: '0000:01:00', id: '10de:2204', iommu_group: 14 }],
    },
  });
  set(['defaults', 'gpu_workers'], {
    first_ip: '192.168.10.120',
    storage_first_ip: '172.31.250.120',
    cpu_cores: 16,
    memory_mb: 32768,
    gpu_mappings: ['rtx3090'],
    system_extensions: [
      'siderolabs/nonfree-kmod-nvidia-production',
      'siderolabs/nvidia-container-toolkit-production',
    ],
  });
  set(['gpu_workers'], [{ name: 'talos-gpu-1', proxmox_server: 'pve2' }]);
  return document;
}

/** The same two servers without Omni. Simulated nodes answer at addresses of this computer. */
export function standaloneDefinition(): Document {
  const text = readFileSync(join(__dirname, 'servers.yaml'), 'utf8');
  const document = parseDocument(text.replaceAll('192.168.10.', '127.8.10.'));
  document.set('cluster_name', CLUSTER);
  document.delete('omni');
  document.set('management', 'standalone');
  document.set('standalone', document.createNode({ vip: '127.8.10.50' }));
  return document;
}

/** One more worker. */
export const addWorker = (document: Document): void => {
  const worker = document.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' }, { flow: true });
  document.addIn(['workers'], worker);
};

/** Without the first worker. */
export const dropWorker = (document: Document): void => void document.deleteIn(['workers', 0]);

/** Control planes are protected by default, and this takes it off. */
export const unprotect = (document: Document): void =>
  document.setIn(['defaults', 'control_planes', 'vm_protection'], false);

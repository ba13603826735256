import type { App } from 'cdktf';
import * as talos from 'talos-proxmox-cdktf';

const pve1 = { nodeName: 'pve1', networkBridge: 'vmbr0', storageOs: 'local-lvm' };

/** What both clusters have in common. */
const site = {
  talosVersion: 'v1.11.5',
  proxmoxServers: { pve1: { ...pve1, apiUrl: 'https://192.168.10.5:8006/' } },
  networkConfig: { subnet: '192.168.10.0/24', gateway: '192.168.10.1', dnsServers: ['192.168.10.1'] },
  images: { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } },
};

/** The clusters that are written here; `main.test.ts` looks at them. */
export function addClusters(app: App): void {
  new talos.ClusterStack(app, 'green', {
    ...site,
    backend: { type: 'local', config: { path: '../../../state/green.tfstate' } },
    macAddressPrefix: '02:0C:01',
    controlPlanes: [{ name: 'green-1', ipAddress: '192.168.10.10' }],
  });
  new talos.ClusterStack(app, 'blue', {
    ...site,
    backend: { type: 'local', config: { path: '../../../state/blue.tfstate' } },
    macAddressPrefix: '02:0C:02',
    defaults: { controlPlanes: { vmIdRange: '2000-2099' }, workers: { vmIdRange: '2100-2199' } },
    controlPlanes: [{ name: 'blue-1', ipAddress: '192.168.10.20' }],
    workers: [{ name: 'blue-worker-1', ipAddress: '192.168.10.21' }],
  });
}

async function main(): Promise<void> {
  const app = talos.createApp();
  addClusters(app);
  // Definitions in YAML may stand beside; the commands read these.
  const { clusters, diagnostics } = await talos.loadDefinitions(process.env['CLUSTERS'] ?? 'clusters');
  talos.report(diagnostics);
  for (const checked of clusters) new talos.ClusterStack(app, checked.cluster.name, checked);
  if (!talos.hasErrors(diagnostics)) app.synth();
}

if (require.main === module) main().catch(talos.reportFailure);

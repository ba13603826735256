import type { Cluster } from '../../model/cluster/cluster';
import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import type { ClusterDraft, NodeDraft } from '../../model/cluster/definition/draft';
import { complete, resolve } from '../../model/cluster/resolve';

export const SERVER = { api_url: 'https://10.0.0.5:8006', node_name: 'pve1', network_bridge: 'vmbr0' };
export const SOURCE = { file: 'lab.yaml', kind: 'yaml', starter: false, locate: () => undefined } as const;

export const BASE: DefinitionDraft = {
  cluster_name: 'lab',
  talos_version: 'v1.11.5',
  proxmox_servers: { pve1: { ...SERVER, storage_os: 'os', storage_data: 'data' } },
  network_config: { subnet: '10.0.0.0/24', gateway: '10.0.0.1', dns_servers: ['10.0.0.1'] },
  images: { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } },
};

/** Resolves a short definition with some changes, without asking the rules. */
export const draftOf = (changes: DefinitionDraft): ClusterDraft => resolve({ ...BASE, ...changes }, SOURCE);
export const clusterOf = (changes: DefinitionDraft): Cluster => complete(draftOf(changes));

/** The only node of a definition. */
export function nodeOf(changes: DefinitionDraft): NodeDraft {
  const { nodes } = draftOf(changes);
  expect(nodes).toHaveLength(1);
  return nodes[0] as NodeDraft;
}

export const worker = (keys: object, changes: DefinitionDraft = {}): NodeDraft =>
  nodeOf({ ...changes, workers: [{ name: 'w-1', ip_address: '10.0.0.21', ...keys }] });

import type { PciMappingDraft, ServerDraft } from '../definition/draft';
import { withPresets, type Presets } from '../definition/keys';
import {
  server as serverKeys,
  type DefinitionDraft,
  type ServerInput,
  type StorageKey,
} from '../definition/schema';
import { ROLES, type Role } from '../roles';
import type { SharedImages } from '../server';
import { byBytes } from '../../support/text';

/** Parts of an API address; `undefined` if it is not https with a host. The port is the one of Proxmox unless written. */
export function parseEndpoint(
  url: string,
): { host: string; port: number | undefined; path: string } | undefined {
  const match = /^https:\/\/(\[[0-9a-fA-F:]+\]|[^/:\s@]+)(?::(\d{1,5}))?(\/\S*)?$/.exec(url);
  if (!match?.[1]) return undefined;
  return {
    host: match[1].toLowerCase(),
    port: match[2] ? Number(match[2]) : undefined,
    path: match[3] ?? '/',
  };
}

/** A server by its key, with its defaults. */
type Keyed = readonly [string, ServerInput & Presets<typeof serverKeys.shape>];

/** Servers sorted by key, so that the order in the file does not reach the output. */
export function resolveServers(definition: DefinitionDraft): ServerDraft[] {
  const servers = Object.entries(definition.proxmox_servers ?? {})
    .map(([key, written]): Keyed => [key, withPresets(serverKeys.shape, written)])
    .sort(([a], [b]) => byBytes(a, b));
  const shared = resolveSharedImages(definition, servers);
  return servers.map(([key, server]) => {
    const url = parseEndpoint(server.api_url ?? '');
    const endpoint = url ? `https://${url.host}:${url.port ?? 8006}/` : (server.api_url ?? '');
    return {
      key,
      path: ['proxmox_servers', key],
      endpoint,
      nodeName: server.node_name ?? '',
      site: server.proxmox_cluster ? `cluster ${server.proxmox_cluster}` : endpoint,
      siteName: server.proxmox_cluster || key,
      ...(server.renamed_from ? { renamedFrom: server.renamed_from } : {}),
      ...(server.api_token_id ? { tokenId: server.api_token_id } : {}),
      insecure: server.tls_insecure,
      minTls: server.tls_min_version,
      ...(server.tls_ca_file ? { caFile: server.tls_ca_file } : {}),
      diskStorages: diskStorages(server),
      imageStorage: server.storage_images,
      ...given(
        'sharedImages',
        shared.find((one) => one.servers.includes(key)),
      ),
    };
  });
}

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V });

/** Which servers download to one and the same storage; none where a storage is shared for disks only. */
function resolveSharedImages(definition: DefinitionDraft, servers: readonly Keyed[]): SharedImages[] {
  return Object.entries(definition.shared_storages ?? {})
    .sort(([a], [b]) => byBytes(a, b))
    .map(([name, { storage = name, servers: named }]) => ({
      name,
      servers: servers
        .filter(([key, server]) => server.storage_images === storage && (named?.includes(key) ?? true))
        .map(([key]) => key),
    }))
    .filter((shared) => shared.servers.length > 0);
}

function diskStorages(server: ServerInput): string[] {
  const named = ROLES.flatMap((role) => [...storageKeys(role, 'os'), ...storageKeys(role, 'data')]);
  return [...new Set(named.flatMap((key) => server[key] || []))].sort(byBytes);
}

/** Keys of a server that may name the storage of a disk, most specific first. GPU workers fall back to workers. */
export function storageKeys(role: Role, purpose: 'os' | 'data'): StorageKey[] {
  const roles = {
    'control-plane': ['control_plane_'],
    worker: ['worker_'],
    'gpu-worker': ['gpu_worker_', 'worker_'],
  };
  return [...roles[role], ''].map((part) => `storage_${part}${purpose}` as StorageKey);
}

/** PCI mappings sorted by name. Addresses and ids are in lower case: Proxmox compares them as text with what the kernel says. */
export function resolvePciMappings(
  definition: DefinitionDraft,
  servers: readonly ServerDraft[],
): PciMappingDraft[] {
  return Object.entries(definition.pci_mappings ?? {})
    .sort(([a], [b]) => byBytes(a, b))
    .map(([name, mapping]) => ({
      name,
      path: ['pci_mappings', name],
      ...(mapping.comment ? { comment: mapping.comment } : {}),
      mediatedDevices: mapping.mediated_devices ?? false,
      devices: (mapping.devices ?? []).map((device) => ({
        server: servers.find(({ key }) => key === device.proxmox_server),
        path: (device.path ?? '').toLowerCase(),
        id: (device.id ?? '').toLowerCase(),
        ...(device.iommu_group === undefined ? {} : { iommuGroup: device.iommu_group }),
        ...(device.subsystem_id ? { subsystemId: device.subsystem_id.toLowerCase() } : {}),
      })),
    }));
}

import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { list } from '../support/text';
import { oneOf } from './lib/names';
import { clusterRule, error, isBroken, type Finding } from './lib/rule';

export const sharedStorage = clusterRule(
  'shared-storage',
  'A storage of `shared_storages` is one on all servers that have it, and each server has it once',
  function* (cluster) {
    const shared = Object.entries(cluster.definition.shared_storages ?? {});
    const owners = new Map<string, string>();
    for (const [name, { storage = name, servers }] of shared) {
      const path = ['shared_storages', name];
      if (isBroken(cluster, path)) continue;
      yield* nameProblems(cluster, name, storage, path);
      yield* serverProblems(cluster, servers, [...path, 'servers']);
      const members = (servers ?? cluster.servers.map(({ key }) => key)).map((key) => `${key} ${storage}`);
      const owner = members.flatMap((member) => owners.get(member) ?? [])[0];
      if (owner !== undefined) {
        const message = `"${owner}" has the storage "${storage}" of the same servers; name the servers of each, or remove one`;
        yield { ...error(path, message), atKey: true };
      }
      for (const member of members) owners.set(member, name);
    }
  },
);

/** Images are named by the server or by the shared storage that they are on. */
function* nameProblems(
  { servers }: ClusterDraft,
  name: string,
  storage: string,
  path: Path,
): Generator<Finding> {
  const taken = servers.find(({ key, renamedFrom }) => key === name || renamedFrom === name);
  if (taken) {
    const what = taken.key === name ? 'is also the key of a server' : `was the key of server "${taken.key}"`;
    const message = `"${name}" ${what}, by which images are named too; write another key, with storage: ${storage}`;
    yield { ...error(path, message), atKey: true };
  } else if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) {
    const message = `"${name}" is not a valid name for a storage: letters, digits, "_", "-" and ".", a letter first; correct it`;
    yield { ...error(path, message), atKey: true };
  }
}

function* serverProblems(
  cluster: ClusterDraft,
  servers: readonly string[] | undefined,
  path: Path,
): Generator<Finding> {
  const keys = cluster.servers.map(({ key }) => key);
  for (const [i, key] of (servers ?? []).entries()) {
    if (keys.includes(key) || isBroken(cluster, ['proxmox_servers', key])) continue;
    const offer = keys.length > 0 ? oneOf(key, keys) : `defined: ${list(keys)}`;
    yield error([...path, i], `no server "${key}"; ${offer}`);
  }
}

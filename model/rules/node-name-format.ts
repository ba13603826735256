import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { isDnsLabel, toDnsLabel, use } from './lib/names';
import { clusterRule, error } from './lib/rule';

/** Limit of DNS for one label. */
const MAX_LENGTH = 63;

export const nodeNameFormat = clusterRule(
  'node-name-format',
  'Names of nodes and pools are DNS labels: a-z, 0-9 and inner hyphens, at most 63 characters',
  function* (cluster) {
    for (const { path, name, longest } of writtenNames(cluster)) {
      if (!isDnsLabel(name)) {
        const repair = use(toDnsLabel(name), 'write a name, e.g. "talos-worker-1"');
        yield error(path, `"${name}" may have only a-z, 0-9 and inner hyphens${repair}`);
      } else if (longest.length > MAX_LENGTH) {
        const what = `"${longest}" has ${longest.length} characters`;
        const by = longest.length - MAX_LENGTH;
        yield error(path, `${what}, and a VM name at most ${MAX_LENGTH}; shorten it by ${by}`);
      }
    }
  },
);

/** Names where they are written, with the longest node name that each makes. */
function* writtenNames({
  definition,
}: ClusterDraft): Generator<{ path: Path; name: string; longest: string }> {
  for (const { key } of ROLES.map((role) => ROLE_FACTS[role])) {
    for (const [i, { name }] of (definition[key] ?? []).entries()) {
      if (name !== undefined) yield { path: [key, i, 'name'], name, longest: name };
    }
  }
  for (const [i, { name, count = 0 }] of (definition.node_pools ?? []).entries()) {
    if (name !== undefined) yield { path: ['node_pools', i, 'name'], name, longest: `${name}-${count}` };
  }
}

import type { ClusterDraft } from '../cluster/definition/draft';
import { hasReference, referenceProblem } from '../cluster/secret-references';
import type { Path } from '../diagnostics/source';
import { leaves } from '../talos/written-patches';
import { clusterRule, error } from './lib/rule';

export const secretReference = clusterRule(
  'secret-reference',
  'A reference to a secret stands where its value is filled in: in patches and registry_logins of a cluster without Omni',
  function* (cluster) {
    for (const { path, value } of leaves(cluster.definition, [])) {
      if (typeof value !== 'string' || !hasReference(value)) continue;
      const problem = misplaced(cluster, path) ?? referenceProblem(value);
      if (problem !== undefined) yield error(path, problem);
    }
  },
);

function misplaced({ management }: ClusterDraft, path: Path): string | undefined {
  const isPatch = path.includes('patches');
  if (isPatch && management.kind === 'omni')
    return 'a secret cannot come from here to nodes of Omni, whose cluster templates are files in clear; make a config patch in Omni by hand (omnictl apply), which the template leaves alone, and remove it here';
  if (isPatch || path[1] === 'registry_logins')
    return management.kind === 'standalone' && management.engine === 'terraform'
      ? 'with engine: terraform no secret is filled in: the configuration is part of the Terraform JSON; remove it, or write engine: talosctl'
      : undefined;
  return path.includes('kernel_args')
    ? 'kernel arguments are part of the image, which everybody may read; a secret cannot stand here'
    : 'no secret is filled in here; it is in patches and standalone.registry_logins only';
}

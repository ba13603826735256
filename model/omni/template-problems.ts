import { diagnostic, type Diagnostic } from '../diagnostics/diagnostics';
import type { ClusterDraft } from '../cluster/definition/draft';
import { count } from '../support/text';
import type { MachineIds } from './machine-ids';
import { FIRST_MINOR, talosMinor } from '../talos/talos-forms';

/** Why no Omni template can be made of a cluster whose definition is right for Terraform. */
export function templateProblems(draft: ClusterDraft): Diagnostic[] {
  const { source, definition, talosVersion } = draft;
  const problems: Diagnostic[] = [];
  const problem = (path: string, message: string) =>
    problems.push(diagnostic(source, 'omni-template', [path], message));
  if (definition.kubernetes_version === undefined)
    problem(
      'kubernetes_version',
      'is missing, and an Omni template must name it; write the version that the cluster is to run, like v1.34.1',
    );
  if (talosMinor(talosVersion) < FIRST_MINOR)
    problem(
      'talos_version',
      `"${talosVersion}" is older than v1.${FIRST_MINOR}.0, the first version that templates are made for; raise it`,
    );
  return problems;
}

/** Ids from the SMBIOS UUIDs of the definition, and the nodes whose UUID it does not know. */
export function idsFromDefinition(draft: ClusterDraft): {
  ids: MachineIds;
  problems: Diagnostic[];
} {
  const ids = new Map<string, string>();
  const problems: Diagnostic[] = [];
  for (const { name, uuid, path } of draft.nodes) {
    if (uuid !== undefined) ids.set(name, uuid);
    else
      problems.push(
        diagnostic(
          draft.source,
          'machine-id',
          path,
          `${name} is adopted and its UUID unknown; write uuid (Proxmox shows it as smbios1), or run npm run discover and leave --from-definition out`,
        ),
      );
  }
  return { ids, problems };
}

/** Nodes that a list of matched machines lacks. */
export function unmatchedNodes(draft: ClusterDraft, ids: MachineIds, file: string): Diagnostic[] {
  return draft.nodes
    .filter(({ name }) => !ids.has(name))
    .map(({ name, path }) =>
      diagnostic(
        draft.source,
        'machine-id',
        path,
        `${name} is not in ${file}; wait until its VM has registered in Omni and run npm run discover again`,
      ),
    );
}

/** Only the ids of nodes that the definition has, and in words what was left out. */
export function ownIds(
  draft: ClusterDraft,
  ids: MachineIds,
): { readonly ids: MachineIds; readonly left?: string } {
  const own = new Map(
    draft.nodes.flatMap(({ name }) => (ids.has(name) ? [[name, ids.get(name) ?? '']] : [])),
  );
  const others = [...ids.keys()].filter((name) => !own.has(name));
  if (others.length === 0) return { ids: own };
  return {
    ids: own,
    left: `${count(others.length, 'matched machine')} of no node here: ${others.join(', ')}`,
  };
}

import { diagnostic, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { ClusterDraft } from '../../../model/cluster/definition/draft';
import { isLegacyNetwork } from '../../../model/talos/talos-forms';

/**
 * An upgrade of Talos must not change the form of the patches: a cluster keeps the form it was created with.
 *
 * @param folder of the files of the run before
 * @param before the contract that they were made for; undefined where there are none
 */
export function contractProblem(
  draft: ClusterDraft,
  folder: string,
  before: string | undefined,
): Diagnostic[] {
  const now = draft.talosContract;
  if (before === undefined || isLegacyNetwork(before) === isLegacyNetwork(now)) return [];
  const key = draft.definition.talos_contract === undefined ? 'talos_version' : 'talos_contract';
  const message = `"${now}" writes network and hostname in another form than ${before}, which the files in ${folder} were made for and which a running cluster keeps; write talos_contract: ${before}, or remove ${folder} if the cluster does not exist yet`;
  return [diagnostic(draft.source, 'talos-contract', [key], message)];
}

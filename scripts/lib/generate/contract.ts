import { join } from 'node:path';
import { z } from 'zod';
import { diagnostic, type Diagnostic } from '../../../model/definition/diagnostics';
import type { ClusterDraft } from '../../../model/draft';
import { isLegacyNetwork } from '../../../model/omni/talos-forms';
import { readIfThere } from '../files';
import { MANIFEST_FILE, MANIFEST_FORMAT_VERSION } from './files';

const schema = z.object({ format_version: z.literal(MANIFEST_FORMAT_VERSION), talos_contract: z.string() });

/**
 * An upgrade of Talos must not change the form of the patches: a cluster keeps the form it was created with. The files of
 * the run before tell which one that was.
 */
export function contractProblem(draft: ClusterDraft, folder: string): Diagnostic[] {
  const before = contractBefore(folder);
  const now = draft.talosContract;
  if (before === undefined || isLegacyNetwork(before) === isLegacyNetwork(now)) return [];
  const key = draft.definition.talos_contract === undefined ? 'talos_version' : 'talos_contract';
  const message = `"${now}" writes network and hostname in another form than ${before}, which the files in ${folder} were made for and which a running cluster keeps; write talos_contract: ${before}, or remove ${folder} if the cluster does not exist yet`;
  return [diagnostic(draft.source, 'talos-contract', [key], message)];
}

function contractBefore(folder: string): string | undefined {
  const text = readIfThere(join(folder, MANIFEST_FILE));
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data?.talos_contract;
  } catch {
    return undefined;
  }
}

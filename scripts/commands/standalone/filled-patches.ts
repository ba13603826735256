import type { AssembledCluster } from '../../../model/assembly/read';
import type { Io } from '../../../model/diagnostics/io';
import { nodePatches } from '../../../model/templates/node-patches';
import { fail } from '../../lib/platform/io';
import { tell } from '../../lib/project/tell';
import { fillSecrets, type FilledPatches } from '../../lib/talos/config-secrets';

/** The patches of each node with their secrets; undefined where something is wrong with them, which is told. */
export function filledPatches({ cluster, draft }: AssembledCluster, io: Io): FilledPatches | undefined {
  const { patches, diagnostics } = nodePatches(cluster, draft.source.file);
  tell(diagnostics, io);
  if (diagnostics.length > 0) return undefined;
  const filled = fillSecrets(patches, process.env);
  if ('patches' in filled) return filled;
  fail(
    filled.problems.map((problem) => `error: ${problem}`),
    io,
  );
  return undefined;
}

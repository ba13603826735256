import { dirname, join } from 'node:path';
import type { AssembledCluster } from '../../../model/assembly/read';

/** File of the secrets of a cluster: beside its definition; of one in TypeScript, where the command runs. */
export function bundleFile({ cluster, draft: { source } }: AssembledCluster): string {
  const name = `${cluster.name}.talos.sops.yaml`;
  return source.kind === 'typescript' ? name : join(dirname(source.file), name);
}

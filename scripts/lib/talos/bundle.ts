import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AssembledCluster } from '../../../model/assembly/read';
import { checkBundle, type SecretsBundle } from '../../../model/talos/secrets-bundle';
import { decryptFile } from '../project/sops';
import { readSecretsOfState } from './state-bundle';

/** File of the secrets of a cluster: beside its definition; of one in TypeScript, where the command runs. */
export const bundleFile = ({ cluster, draft: { source } }: AssembledCluster): string =>
  bundlePath(cluster.name, source.kind === 'typescript' ? '' : source.file);

/** The same by the name of the cluster. */
export const bundlePath = (cluster: string, definition: string): string =>
  join(dirname(definition), `${cluster}.talos.sops.yaml`);

/** The secrets of a cluster, decrypted and checked, or all that is wrong with them; without a word of a value. */
export async function loadBundle(
  chosen: AssembledCluster,
): Promise<{ readonly bundle: SecretsBundle } | { readonly problems: readonly string[] }> {
  const { management } = chosen.cluster;
  if (management.kind === 'standalone' && management.engine === 'terraform') return bundleOfState(chosen);
  const file = bundleFile(chosen);
  if (!existsSync(file)) {
    const { name } = chosen.cluster;
    return {
      problems: [
        `${file}: no such file; make the secrets of a new cluster with npm run talos -- secrets ${name}. If the cluster exists already, take over its own with --from <file>: others would not fit it`,
      ],
    };
  }
  const decrypted = await decryptFile(file);
  if ('problem' in decrypted) return { problems: [decrypted.problem] };
  const checked = checkBundle(decrypted.value, decrypted.json, new Date());
  return 'bundle' in checked
    ? checked
    : {
        problems: checked.problems.map(
          (problem) => `${file}: ${problem}; take its last good version from git`,
        ),
      };
}

async function bundleOfState(
  chosen: AssembledCluster,
): Promise<{ readonly bundle: SecretsBundle } | { readonly problems: readonly string[] }> {
  const found = await readSecretsOfState(chosen);
  return 'problem' in found
    ? { problems: [found.problem] }
    : checkBundle(found.value, found.text, new Date());
}

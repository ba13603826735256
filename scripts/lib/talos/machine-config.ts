import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, Node } from '../../../model/cluster/cluster';
import type { TalosDocument } from '../../../model/talos/documents';
import { installerFor } from '../../../model/talos/installer';
import type { TalosAccess } from './access';
import type { TalosProblem } from './problems';

/**
 * The machine configuration of a node, secrets and all: what talosctl makes for the contract of the cluster, with the documents of
 * the definition merged into it. It is checked by talosctl, and never written to a disk.
 */
export async function machineConfig(
  { talosctl, bundle, folder }: TalosAccess,
  cluster: Cluster,
  endpoint: string,
  node: Node,
  patches: readonly TalosDocument[],
): Promise<{ readonly text: string } | { readonly problem: TalosProblem }> {
  const type = node.role === 'control-plane' ? 'controlplane' : 'worker';
  const flag = type === 'controlplane' ? '--config-patch-control-plane' : '--config-patch-worker';
  const made = await talosctl.call(
    [
      ...['gen', 'config', cluster.name, endpoint, '--with-secrets', '/dev/stdin'],
      ...['--output-types', type, '--output', '-', '--with-docs=false', '--with-examples=false'],
      ...['--talos-version', cluster.talosContract, '--install-image', installerFor(cluster, node)],
      ...(cluster.kubernetesVersion === undefined
        ? []
        : ['--kubernetes-version', cluster.kubernetesVersion.slice(1)]),
      ...patchFiles(folder, patches).flatMap((file) => [flag, `@${file}`]),
    ],
    { input: bundle.text },
  );
  if ('problem' in made) return made;
  const mode = node.image.platform === 'metal' ? 'metal' : 'cloud';
  const valid = await talosctl.call(['validate', '--config', '/dev/stdin', '--mode', mode], {
    input: made.text,
  });
  return 'problem' in valid ? valid : made;
}

/** In files and not in arguments, because a patch may hold a key. */
function patchFiles(folder: string, patches: readonly TalosDocument[]): string[] {
  const own = mkdtempSync(join(folder, 'patches-'));
  return patches.map(({ body }, i) => {
    const file = join(own, `${i}.yaml`);
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(body), { mode: 0o600 });
    return file;
  });
}

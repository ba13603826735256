import type { Path } from '../diagnostics/source';
import { withV } from '../support/text';
import { parseVersion } from '../talos/versions';
import { clusterRule, error, type Finding } from './lib/rule';

export const versionPin = clusterRule(
  'version-pin',
  'Versions are full and exact: vX.Y.Z',
  function* ({ definition, images }) {
    const { talos_version: talos, kubernetes_version: kubernetes } = definition;
    if (talos !== undefined && parseVersion(talos) && !talos.startsWith('v')) {
      yield error(['talos_version'], `"${talos}" lacks the v; write v${talos}`);
    } else if (talos !== undefined) {
      const ofImage = images.find(({ version }) => version?.startsWith(`${withV(talos)}.`))?.version;
      yield* inexact(['talos_version'], talos, ofImage ?? 'v1.11.5');
    }
    if (kubernetes !== undefined) yield* inexact(['kubernetes_version'], kubernetes, 'v1.34.1');
    for (const [key, { version }] of Object.entries(definition.images ?? {})) {
      if (version !== undefined)
        yield* inexact(['images', key, 'version'], version, withV(talos ?? 'v1.11.5'));
    }
  },
);

function* inexact(path: Path, version: string, known: string): Generator<Finding> {
  if (parseVersion(version)) return;
  const minor = /^v?\d+\.\d+$/.test(version) && !known.startsWith(`${withV(version)}.`);
  const example = minor ? `${withV(version)}.0` : parseVersion(known) ? known : 'v1.11.5';
  yield error(path, `"${version}" is not one exact version; write it like ${example}`);
}

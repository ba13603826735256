import { versionIn } from '../cluster/resolve/images';
import { baseName, imageNames } from './lib/image-names';
import { parseVersion } from '../talos/versions';
import { clusterRule, warning } from './lib/rule';

export const imagePin = clusterRule(
  'image-pin',
  'The name of an image carries the Talos version, unless `version` of the image tells it',
  function* (cluster) {
    for (const { key } of cluster.images) {
      const { version, file_name } = cluster.definition.images?.[key] ?? {};
      if (version !== undefined) continue;
      for (const { kind, name, path } of imageNames(cluster, key)) {
        // The address does not matter where the file has a name of its own.
        if (
          baseName(name) === '' ||
          versionIn([name]) !== undefined ||
          (kind === 'url' && file_name !== undefined)
        )
          continue;
        const example = exampleName(
          baseName(name),
          parseVersion(cluster.talosVersion) ? cluster.talosVersion : 'v1.11.5',
        );
        yield warning(
          path,
          `"${baseName(name)}" carries no Talos version, so a change of version goes unnoticed; name it like ${example}`,
        );
      }
    }
  },
);

/** `talos.iso` as `talos-v1.11.5.iso`. */
function exampleName(file: string, version: string): string {
  const dot = file.lastIndexOf('.');
  return dot <= 0 ? `${file}-${version}` : `${file.slice(0, dot)}-${version}${file.slice(dot)}`;
}

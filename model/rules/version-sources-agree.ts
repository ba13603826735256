import type { ClusterDraft, ImageDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { versionIn } from '../cluster/resolve/images';
import { withV } from '../support/text';
import { imageNames, usedImages } from './lib/image-names';
import { clusterRule, error, warning } from './lib/rule';
import { parseVersion } from '../talos/versions';

export const versionSourcesAgree = clusterRule(
  'version-sources-agree',
  'The images are of the Talos version of the cluster',
  function* (cluster) {
    const wanted = withV(cluster.talosVersion);
    if (parseVersion(wanted) === undefined) return;
    // A starter cluster that runs must stay importable.
    const report = cluster.source.starter ? warning : error;
    for (const image of usedImages(cluster).keys()) {
      const told = new Set<string>();
      for (const { path, version } of imageVersions(cluster, image)) {
        if (version === wanted || told.has(version)) continue;
        told.add(version);
        yield report(
          path,
          `image "${image.key}" is Talos ${version}, but talos_version is ${wanted}; take the ${wanted} image or set talos_version to ${version}`,
        );
      }
    }
  },
);

/** Versions that the definition tells of an image, each with its place. */
function imageVersions(cluster: ClusterDraft, { key }: ImageDraft): { path: Path; version: string }[] {
  const written = cluster.definition.images?.[key]?.version;
  if (written !== undefined) {
    return parseVersion(written) ? [{ path: ['images', key, 'version'], version: withV(written) }] : [];
  }
  return imageNames(cluster, key).flatMap(({ name, path }) => {
    const version = versionIn([name]);
    return version === undefined ? [] : [{ path, version }];
  });
}

import type { ClusterDraft } from '../cluster/definition/draft';
import { withV } from '../support/text';
import { installerOf, parseInstaller } from '../talos/installer';
import { hasTokenQuery, hasUserInfo } from './lib/secrets';
import { usedImages } from './lib/image-names';
import { clusterRule, error, type Finding } from './lib/rule';

const PATH = ['standalone', 'installer'];

export const installerImage = clusterRule(
  'installer-image',
  'Nodes without Omni have an installer image of the platform that they boot from, and of the version of the cluster',
  function* (cluster) {
    const { management, talosVersion } = cluster;
    if (management.kind !== 'standalone') return;
    const { installer } = management;
    if (installer !== undefined) {
      yield* written(installer, cluster);
      return;
    }
    for (const { key, path, source } of usedImages(cluster).keys())
      if (installerOf({ source }, talosVersion) === undefined)
        yield error(
          path,
          `the address of image "${key}" tells no schematic, so that the installer image of its nodes is not known; write schematic: {} in place of it, take an image of an image factory by url, or write standalone.installer`,
        );
  },
);

function* written(installer: string, cluster: ClusterDraft): Generator<Finding> {
  // That is worse, and told by `secret-literal`.
  if (hasUserInfo(installer) || hasTokenQuery(installer)) return;
  const like = `factory.talos.dev/nocloud-installer/SCHEMATIC:${withV(cluster.talosVersion)}`;
  const reference = parseInstaller(installer);
  if (!reference) yield error(PATH, `"${installer}" is no reference of an image; write it like ${like}`);
  else if (reference.tag === undefined) yield error(PATH, `"${installer}" has no tag; write it like ${like}`);
  else if (reference.tag !== withV(cluster.talosVersion))
    yield error(
      PATH,
      `this is Talos ${reference.tag}, and talos_version is ${cluster.talosVersion}; write the tag ${withV(cluster.talosVersion)}`,
    );
  const { platform } = reference ?? {};
  const other = [...usedImages(cluster).keys()].find((image) => image.platform !== platform);
  if (platform !== undefined && other)
    yield error(
      PATH,
      `image "${other.key}" is of platform ${other.platform}, and a node that boots it loses its address after an installation of ${platform}; write ${other.platform}-installer`,
    );
}

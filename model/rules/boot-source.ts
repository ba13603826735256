import type { ClusterDraft, ImageDraft } from '../cluster/definition/draft';
import { didYouMean, list } from '../support/text';
import { baseName, imageNames, isDownloadUrl, withoutSecrets } from './lib/image-names';
import { brokenSomewhere, nodeNames } from './lib/places';
import { clusterRule, error, isBroken, written, type Finding } from './lib/rule';

export const bootSource = clusterRule(
  'boot-source',
  'Every node has an image, and every image exactly one source in its right form',
  function* (cluster) {
    for (const image of cluster.images) yield* sourceProblems(cluster, image);

    const known = new Set(cluster.images.map(({ key }) => key));
    for (const { path, value } of written(cluster, 'image')) {
      if (known.has(value) || isBroken(cluster, ['images', value])) continue;
      const names =
        known.size === 0
          ? '; add it to images'
          : didYouMean(value, [...known]) || `; defined: ${list(known)}`;
      yield error(path, `no image "${value}"${names}`);
    }

    const without = cluster.nodes.filter((node) => !node.image && !node.has('image'));
    const broken = [['images', 'talos'], ['talos_iso']].some((path) => isBroken(cluster, path));
    if (without.length > 0 && !broken && !brokenSomewhere(cluster, 'image')) {
      const short = cluster.source.starter ? 'set talos_iso' : 'add images.talos or talos_iso';
      yield {
        ...error(['images'], `no image "talos", which ${nodeNames(without)} would boot from; ${short}`),
        atKey: true,
      };
    }
  },
);

const SOURCES = ['schematic', 'iso', 'url', 'url_variable', 'pxe'];

function* sourceProblems(cluster: ClusterDraft, image: ImageDraft): Generator<Finding> {
  const { key, sources } = image;
  if (sources.length === 0) {
    if (SOURCES.some((source) => isBroken(cluster, ['images', key, source]))) return;
    yield error(
      image.path,
      `image "${key}" has no source; add schematic, iso, url, url_variable or pxe: true`,
    );
  } else if (sources.length > 1) {
    yield error(image.path, `image "${key}" has ${sources.join(' and ')}; keep one`);
  }
  for (const { kind, name, path } of imageNames(cluster, key)) {
    if (kind === 'iso' && !/^[A-Za-z][\w.-]*:iso\/[^/\s]+\.iso$/.test(name)) {
      const file = baseName(name);
      const example = /^[^/\s]+\.iso$/.test(file)
        ? `local:iso/${file}`
        : 'local:iso/talos-v1.11.5-nocloud-amd64.iso';
      yield error(path, `"${name}" is not of the form storage:iso/file.iso; write it like ${example}`);
    } else if (kind === 'url' && path.at(-1) === 'url' && !isDownloadUrl(name)) {
      yield error(
        path,
        `"${withoutSecrets(name)}" is not an http or https address with a file name; correct it`,
      );
    }
  }

  const { url_variable: variable, file_name } = cluster.definition.images?.[key] ?? {};
  if (variable === undefined) return;
  const path = ['images', key, 'url_variable'];
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(variable) || RESERVED.has(variable)) {
    yield error(
      path,
      `"${variable}" cannot be the name of a Terraform variable; use one like talos_image_url`,
    );
  } else if (variable.startsWith('proxmox_')) {
    yield error(
      path,
      `variables that start with proxmox_ are those of the servers; rename "${variable}", e.g. to talos_image_url`,
    );
  }
  if (file_name === undefined) {
    yield error(
      path,
      `url_variable does not tell the file name; add file_name, e.g. talos-v1.11.5-nocloud-amd64.qcow2`,
    );
  }
}

/** Names that Terraform keeps for the arguments of a module block. */
const RESERVED = new Set([
  'source',
  'version',
  'providers',
  'count',
  'for_each',
  'lifecycle',
  'depends_on',
  'locals',
]);

import { didYouMean, list } from '../support/text';
import { talosMinor } from '../talos/talos-forms';
import { isMap, leaves, writtenPatches, type WrittenPatch } from '../talos/written-patches';
import { CONFIG_KEYS, KINDS, NEWEST_MINOR } from '../talos/kinds';
import { clusterRule, error, type Finding } from './lib/rule';
import { own } from '../support/json';

export const patchForm = clusterRule(
  'patch-form',
  'A Talos patch has a name of a-z, 0-9 and hyphens, and is one map with keys or a kind that Talos knows',
  function* (cluster) {
    for (const patch of writtenPatches(cluster)) {
      if (!/^[a-z0-9][a-z0-9-]*$/.test(patch.name))
        yield {
          ...error(
            patch.path,
            `only a-z, 0-9 and hyphens in the name of a patch, not "${patch.name}"; rename it`,
          ),
          atKey: true,
        };
      yield* body(patch, talosMinor(cluster.talosVersion));
    }
  },
);

function* body({ path, body: patch }: WrittenPatch, minor: number): Generator<Finding> {
  if (Array.isArray(patch)) {
    yield error(
      path,
      'a list is not a patch, and JSON patches do not work on configurations of several documents; write a map that is merged',
    );
    return;
  }
  if (!isMap(patch) || Object.keys(patch).length === 0) {
    yield error(
      path,
      'a patch is a map with something in it; write machine:, cluster: or a document with apiVersion and kind',
    );
    return;
  }
  for (const { path: at, value } of leaves(patch, path))
    if (typeof value === 'number' && !Number.isFinite(value))
      yield error(at, 'Talos does not take this value; write a text or a finite number');
  if (Object.hasOwn(patch, 'kind') || Object.hasOwn(patch, 'apiVersion')) yield* kind(path, patch, minor);
  else yield* keys(path, patch);
}

function* kind(
  path: readonly (string | number)[],
  patch: Readonly<Record<string, unknown>>,
  minor: number,
): Generator<Finding> {
  const written = String(patch['kind']);
  const since = KINDS.get(written);
  if (patch['apiVersion'] !== 'v1alpha1')
    yield error(path, 'a document starts with apiVersion: v1alpha1; add it');
  if (since === undefined && minor <= NEWEST_MINOR) {
    yield error(
      [...path, 'kind'],
      `"${written}" is not a kind that Talos knows${didYouMean(written, [...KINDS.keys()]) || '; see the configuration reference of Talos'}`,
    );
  } else if (since !== undefined && since > minor) {
    yield error(
      [...path, 'kind'],
      `${written} needs Talos 1.${since}, and talos_version is 1.${minor}; write the older form, or raise talos_version`,
    );
  }
}

function* keys(
  path: readonly (string | number)[],
  patch: Readonly<Record<string, unknown>>,
): Generator<Finding> {
  const known = Object.keys(CONFIG_KEYS);
  for (const [key, value] of Object.entries(patch)) {
    const inner = own(CONFIG_KEYS, key);
    if (!inner) {
      yield {
        ...error(
          [...path, key],
          `unknown key "${key}" in a patch${didYouMean(key, known) || `; known: ${list(known)}, or a document with apiVersion and kind`}`,
        ),
        atKey: true,
      };
      continue;
    }
    if (!isMap(value)) continue;
    for (const name of Object.keys(value)) {
      if (inner.includes(name)) continue;
      const meant = didYouMean(name, inner) || '; see the configuration reference of Talos';
      yield { ...error([...path, key, name], `unknown key "${name}" in ${key}${meant}`), atKey: true };
    }
  }
}

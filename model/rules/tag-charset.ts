import { use } from './lib/names';
import { clusterRule, error, written } from './lib/rule';

export const tagCharset = clusterRule(
  'tag-charset',
  'Tags have only the characters that Proxmox takes',
  function* (cluster) {
    for (const { path, value } of written(cluster, 'tags')) {
      for (const [i, tag] of value.entries()) {
        const problem = tagProblem(tag);
        if (problem !== undefined) yield error([...path, i], problem);
      }
    }
  },
);

/** What is wrong with a tag; `undefined` if Proxmox takes it. */
export function tagProblem(tag: string): string | undefined {
  if (/^[a-z0-9_][a-z0-9_\-+.]*$/.test(tag)) return undefined;
  const repaired = tag
    .toLowerCase()
    .replace(/[^a-z0-9_\-+.]+/g, '-')
    .replace(/^[^a-z0-9_]+|-+$/g, '');
  const what = /^[^a-z0-9_]/.test(repaired === '' ? tag : tag.toLowerCase())
    ? 'does not start with a letter, digit or "_"'
    : 'may have only a-z, 0-9, "_", "-", "+" and "."';
  return `"${tag}" ${what}${use(repaired, 'remove it')}`;
}

import { use } from './lib/names';
import { clusterRule, error, written } from './lib/rule';

export const tagCharset = clusterRule(
  'tag-charset',
  'Tags have only the characters that Proxmox takes',
  function* (cluster) {
    for (const { path, value } of written(cluster, 'tags')) {
      for (const [i, tag] of value.entries()) {
        if (/^[a-z0-9_][a-z0-9_\-+.]*$/.test(tag)) continue;
        const repaired = tag
          .toLowerCase()
          .replace(/[^a-z0-9_\-+.]+/g, '-')
          .replace(/^[^a-z0-9_]+|-+$/g, '');
        const what = /^[^a-z0-9_]/.test(repaired === '' ? tag : tag.toLowerCase())
          ? 'does not start with a letter, digit or "_"'
          : 'may have only a-z, 0-9, "_", "-", "+" and "."';
        yield error([...path, i], `"${tag}" ${what}${use(repaired, 'remove it')}`);
      }
    }
  },
);

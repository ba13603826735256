import { splitList } from './property-string';

/** As Proxmox checks them, except that it takes upper case too. */
const TAG = /^[a-z0-9_][a-z0-9_\-+.]*$/i;

/** Tags once each, joined by `;`. Throws for one that is no tag. */
export function normalizeTags(text: string): string {
  const tags = [...new Set(splitList(text))];
  if (!tags.every((tag) => TAG.test(tag))) throw new Error('invalid characters in tag');
  return tags.join(';');
}

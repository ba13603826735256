import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedByHand } from '../../../model/omni/apply-checks';
import type { LiveCluster } from '../../../model/omni/live-cluster';
import { temporaryFolder } from '../../lib/platform/temporary';
import type { PreparedSync } from './prepare';

/**
 * What is to be synced, with the locks that people have put on machines: a template that does not name a lock takes it off. The
 * generated file does not have them, because a lock comes and goes with its reason.
 */
export function keepLocks(prepared: PreparedSync, live: LiveCluster): PreparedSync {
  const locked = new Set(lockedByHand(prepared.wanted, live).map(({ id }) => id));
  if (locked.size === 0) return prepared;
  const documents = prepared.documents.map((document) => {
    const { kind, value } = document;
    if (kind !== 'Machine' || !locked.has(String(value['name']))) return document;
    // JSON is YAML.
    return { ...document, text: `${JSON.stringify({ ...value, locked: true })}\n` };
  });
  return { ...prepared, documents, template: documents.map(({ text }) => `---\n${text}`).join('') };
}

/** Gives a file to work with: one with the text, which is gone afterwards, or without a text the generated one. */
export async function withTemplate<T>(
  file: string,
  text: string | undefined,
  work: (file: string) => Promise<T>,
): Promise<T> {
  if (text === undefined) return work(file);
  const folder = temporaryFolder('template');
  try {
    const temporary = join(folder.path, 'cluster-template.yaml');
    writeFileSync(temporary, text);
    return await work(temporary);
  } finally {
    folder.remove();
  }
}

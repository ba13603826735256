import type { Cluster, ImageSchematic } from '../cluster/cluster';
import type { Plan } from '../terraform/plan';
import { asValues } from '../terraform/values';
import { DOWNLOAD } from './image-findings';

/**
 * Schematics that an image factory must know before a plan is applied: those of images that the servers are about to download. What
 * lies on all of them already needs no factory.
 */
export function neededSchematics(plan: Plan, { images }: Cluster): ImageSchematic[] {
  const urls = new Set(
    plan.resource_changes
      .filter(({ type, change }) => type === DOWNLOAD && change.actions.includes('create'))
      .map(({ change: { after } }) => asValues(after)['url']),
  );
  const needed = new Map<string, ImageSchematic>();
  for (const { source } of images) {
    if (source.kind !== 'download' || !source.schematic || !('literal' in source.url)) continue;
    const { factory, id } = source.schematic;
    if (urls.has(source.url.literal)) needed.set(`${factory} ${id}`, source.schematic);
  }
  return [...needed.values()];
}

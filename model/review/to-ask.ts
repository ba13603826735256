import type { Cluster } from '../cluster/cluster';
import { contextOf } from './context';
import { changesDisks } from './disks';
import { goneImages } from './image-findings';
import type { Plan } from '../terraform/plan';
import { asText, block } from '../terraform/values';
import { plannedVms } from './vms';

/**
 * Names of nodes of whose VMs the plan does not say enough: disks change, whose options the provider fills in, or an image
 * goes that may be in a CD drive that the plan leaves out.
 */
export function nodesToAsk(plan: Plan, cluster: Cluster): ReadonlySet<string> {
  const context = contextOf(plan, cluster);
  const imagesGo = goneImages(plan).length > 0;
  const asked = plannedVms(plan, context).filter(({ name, before, after, review }) => {
    if (!context.nodes.has(name)) return false;
    const isChanged = review?.action === 'update' || review?.action === 'import';
    if (isChanged && changesDisks(before, after)) return true;
    const isKept = review === undefined || isChanged;
    return imagesGo && isKept && asText(block(after, 'cdrom')['file_id']) === '';
  });
  return new Set(asked.map(({ name }) => name));
}

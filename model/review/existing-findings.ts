import type { Existing } from '../proxmox/existing';
import { count, some } from '../support/text';
import { raise, type OpenFinding } from './node-findings';

/**
 * What is there already though the state does not have it. What can only be ours is taken over; anything else of the name
 * somebody must have named, because a later destroy would delete it.
 */
export function existingFindings(existing: readonly Existing[], cluster: string): OpenFinding[] {
  const ours = existing.filter((one) => one.ours);
  const kinds = (['VM', 'image', 'PCI mapping', 'resource pool'] as const).flatMap((kind) => {
    const n = ours.filter((one) => one.kind === kind).length;
    return n > 0 ? [count(n, kind)] : [];
  });
  const foreign = existing.filter((one) => !one.ours);
  const message = `the state does not have ${kinds.join(', ')} that the servers have (${some([...new Set(ours.map(({ name }) => name))])}): it was lost, or a run was killed. An apply takes over what exists, with its data, and downloads images once more; if another copy of the state exists, put that back and plan again`;
  return [
    ...(ours.length > 0 ? [raise('warning', 'state-behind', cluster, message)] : []),
    ...foreign.map(({ kind, name, server }) =>
      raise(
        'blocked',
        'live-object-taken',
        name,
        `a ${kind} of this name exists on ${server}, and is not as the definition says: an apply would fail in the middle. Give it another name, or let Terraform adopt it, which writes it as the definition says, and deletes it when the cluster is destroyed`,
        `adopt:${name}`,
      ),
    ),
  ];
}

import type { NodeDraft } from '../draft';
import { MAX_INDEX } from '../identity/mac';
import { isIndex } from '../identity/node-index';
import { ROLES, type Role } from '../roles';
import { clusterRule, error } from './rule';

export const nodeIndex = clusterRule(
  'node-index',
  'Every node has an index of its own within its role: written, or the trailing number of its name minus one',
  function* ({ nodes }) {
    const owners = new Map<string, NodeDraft>();
    const next = freeIndexes(nodes);
    for (const node of nodes) {
      // The name is missing, or two nodes have the same: that is told, and reason enough.
      if (node.name === '') continue;
      const path = [...node.path, node.has('index') ? 'index' : 'name'];
      if (node.index === undefined) {
        yield error(
          path,
          `"${node.name}" has no index and its name ends in no number; write index: ${next(node.role)}`,
        );
      } else if (!isIndex(node.index)) {
        yield error(
          path,
          `index ${node.index} of "${node.name}" is outside 0-${MAX_INDEX}; write index: ${next(node.role)}`,
        );
      } else {
        const key = `${node.role} ${node.index}`;
        const owner = owners.get(key);
        if (!owner) owners.set(key, node);
        else if (owner.name !== node.name) {
          yield error(
            path,
            `"${node.name}" and "${owner.name}" are both ${node.role} ${node.index}, so MAC, VMID and address would be the same; write index: ${next(node.role)} for one of them`,
          );
        }
      }
    }
  },
);

/** Gives the lowest index of a role that is free, another one each time. */
function freeIndexes(nodes: readonly NodeDraft[]): (role: Role) => number {
  const taken = new Set(nodes.map(({ role, index }) => `${role} ${index}`));
  const cursors = new Map<Role, number>(ROLES.map((role) => [role, 0]));
  return (role) => {
    let free = cursors.get(role) ?? 0;
    while (taken.has(`${role} ${free}`)) free++;
    cursors.set(role, free + 1);
    return free;
  };
}

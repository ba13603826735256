import type { NodeDraft } from '../cluster/definition/draft';
import { groupBy } from '../support/group-by';
import { MAX_INDEX } from '../cluster/identity/mac';
import { isIndex, numberOfName } from '../cluster/identity/node-index';
import { ROLES, type Role } from '../cluster/roles';
import { some } from '../support/text';
import { clusterRule, error } from './lib/rule';

export const nodeIndex = clusterRule(
  'node-index',
  'Every node has an index of its own within its role: written, or the trailing number of its name minus one',
  function* ({ nodes }) {
    const owners = new Map<string, NodeDraft>();
    const next: Next = freeIndexes(nodes);
    let firstFree: ReadonlyMap<Role, number> | undefined;
    let zeros: ReadonlyMap<Role, ZeroIndex> | undefined;
    for (const node of nodes) {
      // The name is missing, or two nodes have the same: that is told, and reason enough.
      if (node.name === '') continue;
      const path = [...node.path, node.has('index') ? 'index' : 'name'];
      if (node.index === undefined) {
        const zero = numberOfName(node.name) === 0;
        const message = zero
          ? fromZero(node, (zeros ??= zerosOf(nodes)).get(node.role), next)
          : endsInNoNumber(node, next);
        yield error(path, message);
      } else if (!isIndex(node.index)) {
        yield error(
          path,
          `index ${node.index} of "${node.name}" is outside 0-${MAX_INDEX}; ${repairOf(next(node.role), node.role)}`,
        );
      } else {
        const key = `${node.role} ${node.index}`;
        const owner = owners.get(key);
        if (!owner) owners.set(key, node);
        else if (owner.name !== node.name) {
          const repair = inPool(node)
            ? `write first_index: ${(firstFree ??= afterAll(nodes)).get(node.role)} for this pool`
            : `write index: ${next(node.role)} for one of them`;
          yield error(
            path,
            `"${node.name}" and "${owner.name}" are both ${node.role} ${node.index}, so MAC, VMID and address would be the same; ${repair}`,
          );
        }
      }
    }
  },
);

/** Nodes of a pool count from its `first_index`, and have no index to be written. */
const inPool = ({ path }: NodeDraft): boolean => path[0] === 'node_pools';

/** The first index of each role after which none is taken. */
function afterAll(nodes: readonly NodeDraft[]): ReadonlyMap<Role, number> {
  const free = new Map<Role, number>();
  for (const { role, index = -1 } of nodes) free.set(role, Math.max(free.get(role) ?? 0, index + 1));
  return free;
}

type Next = (role: Role) => number;

/** Nothing can be written where the role is full. */
const repairOf = (free: number, role: Role): string =>
  free > MAX_INDEX ? `none is free, so remove a ${role} or split the cluster` : `write index: ${free}`;

const endsInNoNumber = ({ name, role }: NodeDraft, next: Next): string =>
  `"${name}" has no index and its name ends in no number; write index: ${next(role)}`;

/**
 * Names that count from zero: the node after this one has the index that would be its own. Each can have its own number where
 * all say it, which moves the others; where those run already, this one gets what is free.
 */
function fromZero({ name, role }: NodeDraft, zero: ZeroIndex | undefined, next: Next): string {
  const what = `"${name}" ends in 0, and the number of a name counts from 1`;
  if (!zero) return `${what}; write index: 0`;
  const free = `write index: ${next(role)}`;
  if (zero.taken.has('index')) return `${what}; ${free}, because "${zero.taken.name}" has 0`;
  return `${what}; write index: 0 here and ${zero.others}, so that each has its own number; if the others run already, ${free} here alone`;
}

/** Who has index 0 in a role, and what the others of the role would write. */
interface ZeroIndex {
  readonly taken: NodeDraft;
  readonly others: string;
}

function zerosOf(nodes: readonly NodeDraft[]): Map<Role, ZeroIndex> {
  const zeros = new Map<Role, ZeroIndex>();
  for (const [role, members] of groupBy(nodes, (node) => node.role)) {
    const taken = members.find(({ index }) => index === 0);
    if (!taken) continue;
    const counted = members.filter((other) => !other.has('index') && other.index !== undefined);
    const own = counted.map((other) => `index: ${numberOfName(other.name)} for "${other.name}"`);
    zeros.set(role, { taken, others: some(own, 4) });
  }
  return zeros;
}

/** Gives the lowest index of a role that is free, another one each time. */
function freeIndexes(nodes: readonly NodeDraft[]): Next {
  const taken = new Set(nodes.map(({ role, index }) => `${role} ${index}`));
  const cursors = new Map<Role, number>(ROLES.map((role) => [role, 0]));
  return (role) => {
    let free = cursors.get(role) ?? 0;
    while (taken.has(`${role} ${free}`)) free++;
    cursors.set(role, free + 1);
    return free;
  };
}

type Values = Record<string, unknown>;

const LISTS = ['control_planes', 'workers', 'gpu_workers'];

/** Keys that every node of the starter repeats. What makes a node itself stays with the node. */
const HOISTED = [
  'cpu_cores',
  'memory_mb',
  'os_disk_size_gb',
  'data_disk_size_gb',
  'storage_os_override',
  'storage_data_override',
];

/** Moves what most nodes of a list have in common to the defaults of their role, so that a node is a short line. */
export function hoist(definition: Values): Values {
  const result: Values = { ...definition };
  const defaults: Values = { ...((definition['defaults'] ?? {}) as Values) };
  for (const list of LISTS) {
    const nodes = definition[list];
    if (!Array.isArray(nodes) || nodes.length < 2) continue;
    const common = commonValues(nodes as Values[]);
    if (Object.keys(common).length === 0) continue;
    defaults[list] = { ...common, ...((defaults[list] ?? {}) as Values), ...common };
    result[list] = (nodes as Values[]).map((node) =>
      Object.fromEntries(
        Object.entries(node).filter(([key, value]) => !(key in common) || common[key] !== value),
      ),
    );
  }
  const roles = Object.entries(defaults).filter(([, block]) => Object.keys(block as Values).length > 0);
  const order = ['all', ...LISTS];
  roles.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return roles.length > 0 ? { ...result, defaults: Object.fromEntries(roles) } : result;
}

/** Values that more than half of the nodes have, of keys that all nodes have: no node gets a value it had not. */
function commonValues(nodes: readonly Values[]): Values {
  const common: Values = {};
  for (const key of HOISTED) {
    if (!nodes.every((node) => node[key] !== undefined)) continue;
    const counts = new Map<unknown, number>();
    for (const node of nodes) counts.set(node[key], (counts.get(node[key]) ?? 0) + 1);
    const [value] = [...counts].find(([, n]) => n * 2 > nodes.length) ?? [];
    if (value !== undefined) common[key] = value;
  }
  return common;
}

import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { ROLE_SETS } from '../cluster/resolve/machine-config';
import { clusterRule, error } from './lib/rule';

export const machineClass = clusterRule(
  'machine-class',
  'Machine sets of a machine class have a name and a size that Omni accepts, and no kernel arguments reach them',
  function* ({ definition }) {
    const sets = Object.entries(definition.omni?.machine_sets ?? {});
    const taken = new Set([
      ...Object.values(ROLE_SETS),
      ...(definition.node_pools ?? []).flatMap(({ name, role }) =>
        role === 'control-plane' ? [] : (name ?? []),
      ),
    ]);
    for (const [name, { machine_class: machineClass, size }] of sets) {
      const path = ['omni', 'machine_sets', name];
      if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name))
        yield {
          ...error(path, `"${name}" is no name for a machine set; write lower-case letters, digits and "-"`),
          atKey: true,
        };
      else if (taken.has(name))
        yield { ...error(path, `Omni would have two machine sets ${name}; rename this one`), atKey: true };
      if (machineClass !== undefined && !/^\S+$/.test(machineClass))
        yield error(
          [...path, 'machine_class'],
          `"${machineClass}" is no name of a machine class; correct it`,
        );
      if (typeof size === 'number' && (!Number.isInteger(size) || size < 0))
        yield error([...path, 'size'], `${size} is not a number of machines; write 0 or more, or unlimited`);
    }
    if (sets.length > 0 && (definition.defaults?.all?.kernel_args ?? []).length > 0)
      yield error(
        ['defaults', 'all', 'kernel_args'],
        `Omni sets no kernel arguments for machines of a class, and refuses those of the whole cluster beside one; write them into the defaults of each role (${ROLES.map((role) => ROLE_FACTS[role].key).join(', ')})`,
      );
  },
);

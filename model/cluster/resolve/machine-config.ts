import type { MachineConfig, MachineSet } from '../cluster';
import type { DefinitionDraft } from '../definition/schema';
import type { NodeDraft, SettingsBlock } from '../definition/draft';
import { ROLE_FACTS, type Role } from '../roles';
import { byBytes } from '../../support/text';
import { machineSetSettings } from './omni';
import { clusterBlocks, defaultBlocks, Settings } from './settings';

/** Machine sets that are not node pools, in their order in the template. */
export const ROLE_SETS: Readonly<Record<Role, string>> = {
  'control-plane': 'control-planes',
  worker: 'workers',
  'gpu-worker': 'gpu-workers',
};

/** Set of a node: the pool of a worker is a set of its own, so that it has its own patches and can be scaled alone. */
export const machineSetOf = (own: SettingsBlock, role: Role): string =>
  isSetOfItsOwn(own, role) ? ((own.values['name'] as string | undefined) ?? '') : ROLE_SETS[role];

/** Omni knows one set of control planes only. */
const isSetOfItsOwn = (own: SettingsBlock, role: Role): boolean =>
  own.path[0] === 'node_pools' && role !== 'control-plane';

/** Configuration that holds for all nodes. */
export const clusterConfig = (definition: DefinitionDraft): MachineConfig =>
  configOf(clusterBlocks(definition), clusterBlocks(definition));

/** What a node adds to its set; a node of a pool that is a set of its own adds nothing. */
export function nodeConfig(own: SettingsBlock, role: Role, definition: DefinitionDraft): MachineConfig {
  return configOf(isSetOfItsOwn(own, role) ? [] : [own], [own, ...defaultBlocks(definition, role)]);
}

/** All sets that have nodes, and those of machine classes. */
export function resolveMachineSets(definition: DefinitionDraft, nodes: readonly NodeDraft[]): MachineSet[] {
  const sets = new Map<string, MachineSet>();
  for (const { machineSet: name, role } of nodes) {
    if (sets.has(name)) continue;
    const pool = name === ROLE_SETS[role] ? undefined : poolBlock(definition, name);
    const defaults = defaultBlocks(definition, role);
    const own = defaults.filter(({ path }) => path[1] === ROLE_FACTS[role].key);
    const blocks = pool ? [pool, ...own] : own;
    sets.set(name, {
      name,
      role,
      members: 'nodes',
      omni: machineSetSettings(blocks.map(({ values }) => values['machine_set'])),
      config: configOf(blocks, pool ? [pool, ...defaults] : defaults),
    });
  }
  for (const set of classSets(definition)) sets.set(set.name, set);
  const order = Object.values(ROLE_SETS);
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...sets.values()].sort((a, b) => place(a.name) - place(b.name) || byBytes(a.name, b.name));
}

/** Sets whose machines Omni takes from a machine class. */
const classSets = (definition: DefinitionDraft): MachineSet[] =>
  Object.entries(definition.omni?.machine_sets ?? {}).map(([name, values]) => {
    const { machine_class: machineClass = '', size = 0 } = values;
    const block: SettingsBlock = { path: ['omni', 'machine_sets', name], values };
    return {
      name,
      role: 'worker',
      members: { machineClass, size },
      omni: machineSetSettings([values]),
      // Kernel arguments cannot be set for a class; those of the cluster are refused beside one.
      config: configOf([block], [block, ...clusterBlocks(definition)]),
    };
  });

function poolBlock(definition: DefinitionDraft, name: string): SettingsBlock | undefined {
  const i = (definition.node_pools ?? []).findIndex((pool) => pool.name === name);
  const values = definition.node_pools?.[i];
  return values && { path: ['node_pools', i], values };
}

/**
 * @param own blocks that belong to the level, most specific first: their maps add up
 * @param all blocks that hold at the level: their lists replace each other
 */
function configOf(own: readonly SettingsBlock[], all: readonly SettingsBlock[]): MachineConfig {
  const settings = new Settings(all);
  const level = new Settings([...own].reverse());
  const sum = (key: 'sysctls' | 'node_labels' | 'patches') =>
    Object.assign({}, ...level.all(key)) as Record<string, never>;
  return {
    systemExtensions: settings.get('system_extensions') ?? [],
    kernelArgs: settings.get('kernel_args') ?? [],
    sysctls: sum('sysctls'),
    nodeLabels: sum('node_labels'),
    patches: sum('patches'),
  };
}

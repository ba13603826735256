import type { SettingsBlock } from '../definition/draft';
import type { Path } from '../../diagnostics/source';
import type { DefinitionDraft, VmSettings } from '../definition/schema';
import { presetsOf } from '../definition/keys';
import { vmSettings } from '../definition/schema-nodes';
import { ROLE_FACTS, type Role } from '../roles';

const PRESETS = presetsOf(vmSettings);

/** Blocks that a node takes its settings from, most specific first. */
export class Settings {
  constructor(private readonly blocks: readonly SettingsBlock[]) {}

  /** The settings of a node, or of a pool, followed by the defaults of its role and of all nodes. */
  static of(own: SettingsBlock, role: Role, definition: DefinitionDraft): Settings {
    return new Settings([own, ...defaultBlocks(definition, role)]);
  }

  /** The value in force; `undefined` where nobody wrote one. */
  get<K extends keyof VmSettings>(key: K): VmSettings[K] {
    return this.block(key)?.values[key] as VmSettings[K];
  }

  /** The value in force, be it written or the default of the schema. */
  value<K extends keyof typeof PRESETS>(key: K): NonNullable<VmSettings[K]> {
    return this.get(key) ?? PRESETS[key];
  }

  /** All values written for a key, most specific first: for lists that add up. */
  all<K extends keyof VmSettings>(key: K): NonNullable<VmSettings[K]>[] {
    return this.blocks.flatMap(({ values }) =>
      values[key] === undefined ? [] : [values[key]],
    ) as NonNullable<VmSettings[K]>[];
  }

  has(key: string): boolean {
    return this.block(key) !== undefined;
  }

  /** Path of the value in force, or of where a node would write its own. */
  where(key: string): Path {
    const block = this.block(key) ?? this.blocks[0];
    return [...(block?.path ?? []), key];
  }

  /** The most specific block that has one of the keys. */
  block(...keys: string[]): SettingsBlock | undefined {
    return this.blocks.find(({ values }) => keys.some((key) => values[key] !== undefined));
  }
}

/** The defaults of all nodes, most specific first. */
export const clusterBlocks = (definition: DefinitionDraft): SettingsBlock[] => {
  const { vm_start_on_boot, vm_protection, vm_qemu_agent, system_extensions } = definition;
  return [
    { path: ['defaults', 'all'], values: definition.defaults?.all ?? {} },
    { path: [], values: { vm_start_on_boot, vm_protection, vm_qemu_agent, system_extensions } },
  ];
};

/** The defaults of a role and of all nodes, most specific first. */
export function defaultBlocks(definition: DefinitionDraft, role: Role): SettingsBlock[] {
  const { key } = ROLE_FACTS[role];
  return [
    { path: ['defaults', key], values: definition.defaults?.[key] ?? {} },
    ...clusterBlocks(definition),
  ];
}

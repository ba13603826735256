/** Who a patch belongs to, as Omni names it in patch ids. */
export type PatchOwner =
  | { readonly level: 'cluster'; readonly cluster: string }
  | { readonly level: 'set'; readonly cluster: string; readonly set: string }
  | { readonly level: 'machine'; readonly uuid: string };

/**
 * Id of a patch in Omni, the same whatever stands beside it in the list. Omni merges cluster, set and machine patches in
 * this order, and those of one level by id: patches of the user (weight 250 and 450) come after the generated ones and win.
 * The dot cannot be part of a cluster, set or patch name, so that two ids are never equal by chance.
 */
export function patchId(owner: PatchOwner, name: string, { user = false } = {}): string {
  switch (owner.level) {
    case 'cluster':
      return `${user ? 250 : 200}-cluster-${owner.cluster}.${name}`;
    case 'set':
      return `${user ? 450 : 400}-${setId(owner.cluster, owner.set)}.${name}`;
    case 'machine':
      return `${user ? 450 : 400}-cm-${owner.uuid}.${name}`;
  }
}

/** What the id of a patch says: whose it is, by the id that Omni knows the owner by, and what it is called. */
export interface PatchIdParts {
  readonly level: PatchOwner['level'];
  /** Of the cluster, the machine set (`home-workers`) or the machine. */
  readonly owner: string;
  readonly name: string;
  readonly user: boolean;
}

const FORMS: Readonly<Record<PatchOwner['level'], RegExp>> = {
  cluster: /^(?<weight>200|250)-cluster-(?<owner>[^.]+)[.](?<name>.+)$/,
  machine: /^(?<weight>400|450)-cm-(?<owner>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[.](?<name>.+)$/i,
  set: /^(?<weight>400|450)-(?<owner>[^.]+)[.](?<name>.+)$/,
};

/** Reads an id that `patchId()` made; absent for any other. */
export function readPatchId(id: string): PatchIdParts | undefined {
  for (const level of ['cluster', 'machine', 'set'] as const) {
    const { weight = '', owner, name } = FORMS[level].exec(id)?.groups ?? {};
    if (owner !== undefined && name !== undefined) return { level, owner, name, user: weight.endsWith('50') };
  }
  return undefined;
}

/** Whether a template makes a patch of this id: one of ours, or that of its key `install.disk`. */
export const madeByTemplate = (id: string): boolean =>
  readPatchId(id) !== undefined || /^000-cm-.+-install-disk$/.test(id);

/** Id of a machine set in Omni. */
export const setId = (cluster: string, set: string): string => `${cluster}-${set}`;

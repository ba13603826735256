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

/** Id of a machine set in Omni. */
export const setId = (cluster: string, set: string): string => `${cluster}-${set}`;

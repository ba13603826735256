import { ROLES, type Role } from './roles';

/** Tags that every VM of a cluster has: by them guards, reviews and people know whose it is and what for. */
export const ownTags = (role: Role, cluster: string): readonly string[] => [
  'talos',
  role,
  cluster,
  'terraform-managed',
];

/**
 * The role that the tags of a VM name; absent where none or several do, as with further tags of the user that are called like a role.
 *
 * @param clusters names that the cluster of the VM may have: one may be called like a role
 */
export function roleInTags(tags: readonly string[], clusters: readonly string[] = []): Role | undefined {
  const found = ROLES.filter((role) => tags.includes(role));
  const sure = found.length > 1 ? found.filter((role) => !clusters.includes(role)) : found;
  return sure.length === 1 ? sure[0] : undefined;
}

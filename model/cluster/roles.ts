/** What a node is for. The order is the order of everything that lists nodes by role. */
export const ROLES = ['control-plane', 'worker', 'gpu-worker'] as const;

/** Role of a node: one of `ROLES`. */
export type Role = (typeof ROLES)[number];

/** The role that a text names. */
export const roleOf = (text: unknown): Role | 'unknown' => ROLES.find((role) => role === text) ?? 'unknown';

/** Key of the definition that lists the nodes of a role, and that holds the role's defaults. */
export type RoleKey = 'control_planes' | 'workers' | 'gpu_workers';

interface RoleFacts {
  readonly key: RoleKey;
  /** As people say it, in messages. */
  readonly title: string;
  /** Third-last octet of the MAC addresses of the role. */
  readonly macByte: number;
  /** VMIDs when the definition gives none. One cluster fits into one thousand; hand-made VMs start at 100. */
  readonly vmIdRange: string;
}

export const ROLE_FACTS: Readonly<Record<Role, RoleFacts>> = {
  'control-plane': { key: 'control_planes', title: 'control plane', macByte: 0x01, vmIdRange: '1000-1099' },
  worker: { key: 'workers', title: 'worker', macByte: 0x02, vmIdRange: '1100-1899' },
  'gpu-worker': { key: 'gpu_workers', title: 'GPU worker', macByte: 0x03, vmIdRange: '1900-1999' },
};

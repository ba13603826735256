/** What Proxmox takes for a name, as its own parameter checks have it. */
export interface NameForm {
  readonly what: string;
  readonly pattern: RegExp;
  readonly rule: string;
  readonly example: string;
}

export const STORAGE: NameForm = {
  what: 'storage',
  pattern: /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  rule: 'starts with a letter and has letters, digits, "-", "_" and "."',
  example: 'local-lvm',
};
export const NODE: NameForm = {
  what: 'Proxmox node',
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
  rule: 'has letters, digits and inner hyphens',
  example: 'pve1',
};
export const BRIDGE: NameForm = {
  what: 'bridge',
  pattern: /^[\w.-]+$/,
  rule: 'has letters, digits, "-", "_" and "."',
  example: 'vmbr0',
};
export const CLUSTER: NameForm = {
  what: 'Proxmox cluster',
  pattern: /^[A-Za-z0-9][\w.-]*$/,
  rule: 'has letters, digits, "-", "_" and "."',
  example: 'datacenter',
};
export const MAPPING: NameForm = {
  what: 'PCI mapping',
  pattern: /^[A-Za-z][\w-]+$/,
  rule: 'starts with a letter and has at least two letters, digits, "-" and "_"',
  example: 'rtx3090',
};

/** What is wrong with a name; `undefined` if Proxmox takes it. */
export const nameProblem = (name: string, { what, pattern, rule, example }: NameForm): string | undefined =>
  pattern.test(name)
    ? undefined
    : `"${name}" is not a valid name for a ${what}, which ${rule}; write it like ${example}`;

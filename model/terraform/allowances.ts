/**
 * What a person can let pass by naming a node, e.g. `replace:talos-worker-1`. One vocabulary for the variable `allow` of
 * the synthesized JSON and for the flags of the commands.
 *
 * - `adopt`: take over a VM of another name that has the VMID of the node
 * - `disks`: detach or delete disks of the node that the definition does not know
 * - `offline`: plan although a node of a Proxmox cluster, named by its Proxmox name, is off and nobody sees its VMs
 * - `remove`: destroy the node, which the definition no longer has
 * - `replace`: destroy the node and create it anew
 */
export const ALLOWANCES = ['adopt', 'disks', 'offline', 'remove', 'replace'] as const;

export type Allowance = (typeof ALLOWANCES)[number];

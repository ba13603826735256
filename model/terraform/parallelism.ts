/**
 * How many resources Terraform changes at once. Proxmox VE keeps one lock for each shared storage of a cluster, and gives up after 10 s: of
 * ten VMs with four volumes each, of half a second, two fail, and the provider does not try again. Four get their turn.
 */
export const APPLY_PARALLELISM = 4;

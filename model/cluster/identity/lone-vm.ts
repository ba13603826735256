import type { Server } from '../server';
import { smbiosUuid } from './smbios-uuid';

/**
 * What identities of a VM that is no node derive from: the site that it is on and its VMID, which nothing else there can have and
 * which stay when the VM gets another name. A slash more than in those of nodes keeps the two apart.
 */
const placeOf = ({ siteName }: Pick<Server, 'siteName'>): string => `${siteName}/vm`;

/** SMBIOS UUID of a VM that is no node. */
export const loneVmUuid = (server: Pick<Server, 'siteName'>, vmId: number): string =>
  smbiosUuid(placeOf(server), String(vmId));

/**
 * MAC address of a NIC of a VM that is no node: locally administered, with forty bits that tell it from all others.
 *
 * @param nic position of the NIC, 0 for the first
 */
export function loneVmMac(server: Pick<Server, 'siteName'>, vmId: number, nic: number): string {
  const digits = smbiosUuid(placeOf(server), `${vmId}/net${nic}`).replaceAll('-', '').slice(0, 10);
  return ['02', ...(digits.toUpperCase().match(/../g) ?? [])].join(':');
}

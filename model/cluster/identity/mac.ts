import { ROLE_FACTS, type Role } from '../roles';

/** Prefix of all MAC addresses unless the definition has its own: the range registered by Proxmox. */
export const DEFAULT_MAC_PREFIX = 'BC:24:11';

/** Highest index that HH:LL can hold. */
export const MAX_INDEX = 0xffff;

/** Added to the role byte for each NIC after the first: the storage NIC of a worker has 02 + 10 = 12. */
const NIC_STEP = 0x10;

const octet = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

/**
 * MAC address of a NIC: `PREFIX:RR:HH:LL`, where RR is the role (01 control plane, 02 worker, 03 GPU worker, plus 10 hex
 * for each NIC after the first) and HH:LL the index of the node. It depends on nothing else, so that editing one
 * node never moves the address of another.
 *
 * @param prefix three octets, e.g. `BC:24:11`
 * @param index  index of the node within its role, 0 to 65535
 * @param nic    position of the NIC, 0 for the first
 */
export function macAddress(prefix: string, role: Role, index: number, nic = 0): string {
  const roleByte = ROLE_FACTS[role].macByte + nic * NIC_STEP;
  return [prefix.toUpperCase(), octet(roleByte), octet(index >> 8), octet(index & 0xff)].join(':');
}

/** Six octets with colons. */
export const isMac = (text: string): boolean => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text);

/** Three octets with colons. */
export const isMacPrefix = (text: string): boolean => /^([0-9a-f]{2}:){2}[0-9a-f]{2}$/i.test(text);

/** Unicast addresses have an even first octet; Proxmox refuses the others. */
export const isUnicast = (macOrPrefix: string): boolean => (parseInt(macOrPrefix.slice(0, 2), 16) & 1) === 0;

import type { Node } from './cluster';

/** Blocks that a VM has at most one of. Terraform counts them all the same: `cpu[0].type`. */
const SINGLE: ReadonlySet<string> = new Set([
  'agent',
  'cdrom',
  'cpu',
  'initialization',
  'memory',
  'operating_system',
]);

/** What a VM is known by, or where it is: to let go of these would be to let go of the VM. */
const NEVER: ReadonlySet<string> = new Set(['name', 'node_name', 'vm_id', 'network_device.net0.mac_address']);

const NAME = /^[a-z][a-z0-9_]*$/;

type Hardware = { readonly disks: readonly Pick<Node['disks'][number], 'interface'>[] };

/**
 * Path of a provider argument as `ignore_changes` of Terraform wants it. In a definition disks and NICs go by their slot
 * (`disk.scsi1.serial`, `network_device.net0.model`), because their place in a list changes as soon as there is one more.
 *
 * @returns `undefined` if there is no such argument, or none that may be ignored
 */
export function ignoredPath(entry: string, { disks }: Hardware): string | undefined {
  const [argument = '', ...rest] = entry.split('.');
  if (NEVER.has(entry) || ![argument, ...rest].every((part) => NAME.test(part))) return undefined;
  if (argument === 'disk') return inList(argument, sortedInterfaces(disks).indexOf(rest[0] ?? ''), rest);
  if (argument === 'network_device' && rest.length > 0)
    return inList(argument, Number(/^net(\d+)$/.exec(rest[0] ?? '')?.[1] ?? -1), rest);
  if (rest.length === 0) return argument;
  return rest.length === 1 && SINGLE.has(argument) ? `${argument}[0].${rest[0]}` : undefined;
}

const inList = (argument: string, place: number, [, key, more]: readonly string[]): string | undefined =>
  place < 0 || key === undefined || more !== undefined ? undefined : `${argument}[${place}].${key}`;

/** The order that the provider reads disks in: `sata0`, `scsi2`, `scsi10`, `virtio0`. */
export const byInterface = (a: string, b: string): number => {
  const [kindA, kindB] = [a, b].map((name) => name.replace(/\d+$/, '')) as [string, string];
  if (kindA !== kindB) return kindA < kindB ? -1 : 1;
  return Number(a.slice(kindA.length)) - Number(b.slice(kindB.length));
};

const sortedInterfaces = (disks: Hardware['disks']): string[] =>
  disks.map((disk) => disk.interface).sort(byInterface);

/** Whether entries of a block are named one by one; of all others only the whole is. */
export const isSingle = (argument: string): boolean => SINGLE.has(argument);

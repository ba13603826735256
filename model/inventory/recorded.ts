import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../cluster/cluster';
import { roleOf, type Role } from '../cluster/roles';
import { byBytes } from '../support/text';
import { asNumber, asText, asValues } from '../terraform/values';
import { machineInventory, type InventoryMachine } from './machine';

/** What is known about a node from before. */
export interface Recorded {
  readonly role: Role | 'unknown';
  readonly server: string;
  readonly vmid: number;
  readonly ip: string;
}

/**
 * Machines of an inventory of any version, as it stands in a plan or a state: what cannot be read of one is "unknown", 0 or "".
 *
 * @param inventory value of output `machine_inventory`
 */
export const recordedMachines = (inventory: unknown): ReadonlyMap<string, Recorded> =>
  new Map(
    Object.entries(asValues(inventory)).map(([name, entry]): [string, Recorded] => {
      const machine = asValues(entry);
      return [
        name,
        {
          role: roleOf(machine[KEYS.role]),
          server: asText(machine[KEYS.server]),
          vmid: asNumber(machine[KEYS.vmid]),
          ip: asText(machine[KEYS.ip]),
        },
      ];
    }),
  );

const KEYS = {
  role: 'role',
  server: 'proxmox_server',
  vmid: 'vm_id',
  ip: 'ip_address',
} as const satisfies Record<keyof Recorded, keyof InventoryMachine>;

/** Nodes of a cluster that are not recorded, or in another way. What an older version did not record is no difference. */
export const changedSince = (inventory: unknown, cluster: Cluster): string[] => {
  const recorded = asValues(inventory);
  return Object.entries(machineInventory(cluster))
    .filter(([name, machine]) => differs(asValues(recorded[name]), machine))
    .map(([name]) => name)
    .sort(byBytes);
};

function differs(recorded: Readonly<Record<string, unknown>>, wanted: InventoryMachine): boolean {
  const keys = (Object.keys(wanted) as (keyof InventoryMachine)[]).filter((key) => key in recorded);
  return keys.length === 0 || keys.some((key) => !isDeepStrictEqual(recorded[key], wanted[key]));
}

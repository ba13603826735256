import { z } from 'zod';
import { ROLES } from '../cluster/roles';
import { inventoryMachineSchema } from '../inventory/machine';
import { machineStatusSchema } from './machine-status';

/** Version of the shape of the JSON files below. Readers refuse a version they do not know. */
export const MACHINE_DATA_FORMAT_VERSION = 1;

/** Files that `discover` writes below `machine-data/<cluster>/`. The text files hold one `key=uuid` per line. */
export const MACHINE_FILES = {
  matched: 'matched-machines.json',
  unmatched: 'unmatched-machines.json',
  hostnames: 'machine-uuids.txt',
  macs: 'mac-to-uuid.txt',
  ips: 'ip-to-uuid.txt',
} as const;

/**
 * One entry of `matched-machines.json`: an inventory machine and the Omni machine that it is. The file is an array in byte
 * order of the node names; each entry carries the version, as each inventory entry does, so that the file stays an array.
 */
const matchedMachineSchema = z.object({
  format_version: z.literal(MACHINE_DATA_FORMAT_VERSION),
  /** Key in the inventory: the node name. */
  terraform_name: z.string(),
  hostname: z.string(),
  /** Of the first NIC, upper case. */
  mac_address: z.string(),
  /** Of the first NIC, without prefix. */
  ip_address: z.string(),
  role: z.enum(ROLES),
  /** Machine id in Omni, lower case. */
  omni_uuid: z.string(),
  /** The same: an Omni machine has no other name. Kept because readers of the starter's files know it. */
  omni_name: z.string(),
  terraform_data: inventoryMachineSchema,
  /** What we keep of the MachineStatus: no token, no kernel arguments. */
  omni_data: machineStatusSchema,
});

export type MatchedMachine = z.infer<typeof matchedMachineSchema>;

/** Shape of `matched-machines.json`, for readers of the file. */
export const matchedMachinesSchema = z.array(matchedMachineSchema);

/** `unmatched-machines.json`: what did not match, and why. */
export interface UnmatchedMachines {
  readonly format_version: number;
  readonly cluster: string;
  /** Inventory machines; empty after a complete run. */
  readonly nodes: readonly {
    readonly terraform_name: string;
    /** `missing`, `ambiguous`, `foreign` or `incompatible`. */
    readonly state: string;
    readonly reason: string;
    /** Rule id, e.g. `live-omni-missing`. */
    readonly rule: string;
    readonly message: string;
    /** Of all NICs, upper case. */
    readonly mac_addresses: readonly string[];
    readonly smbios_uuid: string;
    /** Omni machines that may be it. */
    readonly omni_uuids: readonly string[];
  }[];
  /** Omni machines outside of the inventory that are free or in this cluster. */
  readonly strangers: readonly {
    readonly omni_uuid: string;
    readonly hostname: string;
    readonly ip_addresses: readonly string[];
    readonly mac_addresses: readonly string[];
    readonly cluster: string;
    readonly connected: boolean;
    readonly talos_version: string;
  }[];
}

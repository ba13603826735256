import type { Guest } from '../proxmox/answers';
import type { Inventory, InventoryMachine } from '../inventory/machine';
import type { Role } from '../cluster/roles';
import { byBytes } from '../support/text';
import type { Readiness } from './cluster-machines';
import { clusterOf, type Matching, type NodeMatch } from './match';

/** What Terraform, Proxmox and Omni say of one machine; `null` where nobody was asked, or nobody knows. */
export interface MachineRow {
  readonly name: string;
  readonly role: Role;
  readonly proxmox_server: string;
  readonly vm_id: number;
  /** As Proxmox says it, e.g. `running`; `absent` if there is no such VM. */
  readonly vm_state: string | null;
  /** Where the VM is, which is not where the inventory says after a migration. */
  readonly vm_node: string | null;
  readonly mac_address: string;
  /** What matching says: `matched`, `never-seen` … */
  readonly omni_state: string | null;
  readonly omni_uuid: string | null;
  readonly connected: boolean | null;
  readonly talos_version: string | null;
  /** Cluster in Omni; "" for a free machine. */
  readonly omni_cluster: string | null;
  /** Ready in its cluster; `null` for a free machine too. */
  readonly ready: boolean | null;
}

/** The parts that could be asked. */
export interface StatusParts {
  readonly inventory: Inventory;
  /** Guests by key of the server; a server that did not answer is absent. */
  readonly guests: ReadonlyMap<string, readonly Guest[]>;
  readonly matching?: Matching;
  readonly ready?: Readiness;
}

/** One row for each machine of the inventory, in byte order of the names. */
export function statusRows({ inventory, guests, matching, ready }: StatusParts): MachineRow[] {
  const matches = new Map(matching?.nodes.map((match) => [match.name, match]));
  const byId = new Map(
    [...guests].map(([key, list]) => [key, new Map(list.map((guest) => [guest.vmid, guest]))]),
  );
  return Object.entries(inventory)
    .sort(([a], [b]) => byBytes(a, b))
    .map(([name, node]) => ({
      name,
      role: node.role,
      proxmox_server: node.proxmox_server,
      vm_id: node.vm_id,
      mac_address: node.mac_address,
      ...inProxmox(node, byId.get(node.proxmox_server)),
      ...inOmni(matches.get(name), ready),
    }));
}

function inProxmox({ vm_id }: InventoryMachine, guests?: ReadonlyMap<number, Guest>) {
  if (!guests) return { vm_state: null, vm_node: null };
  const guest = guests.get(vm_id);
  return { vm_state: guest?.status ?? 'absent', vm_node: guest?.node ?? null };
}

function inOmni(match?: NodeMatch, ready?: Readiness) {
  const omni_state = match?.reason ?? null;
  const [machine, ...others] = match?.machines ?? [];
  // Of several machines none is the one that the row is about.
  if (!machine || others.length > 0) {
    return {
      omni_state,
      omni_uuid: null,
      connected: null,
      talos_version: null,
      omni_cluster: null,
      ready: null,
    };
  }
  const { id } = machine.metadata;
  return {
    omni_state,
    omni_uuid: id,
    connected: machine.spec.connected,
    talos_version: machine.spec.talosversion || null,
    omni_cluster: clusterOf(machine),
    ready: ready?.get(id) ?? null,
  };
}

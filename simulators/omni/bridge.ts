/** Lets the VMs of a simulated Proxmox VE boot Talos and join a simulated Omni. */
import { setTimeout as sleep } from 'node:timers/promises';
import { followPower, vmKey, type PowerFollower, type Pve, type Site, type Vm } from '../pve';
import { hardwareOf } from '../talos';
import type { MachineOptions } from './options';
import type { Omni } from './start';

/** What a VM needs of an Omni, be it simulated or real. */
export interface BridgedOmni extends Pick<Omni, 'addMachines'> {
  updateMachine(id: string, changes: { readonly connected: boolean }): Promise<void>;
}

export interface BridgeOptions {
  /** Talos of VMs whose image does not say it (`talos-v1.11.5-nocloud-amd64.iso` does). @default 'v1.11.5' */
  readonly talos?: string;
  /** What becomes of a VM that starts. @default each joins at once */
  readonly boot?: (vm: Vm, site: Site) => Boot;
}

export interface Boot {
  /** @default 0 */
  readonly afterMs?: number;
  /** `twice`: as if it had lost what it knew, so that Omni has two machines with one MAC. @default 'once' */
  readonly joins?: 'once' | 'twice' | 'never';
  /** Differences to what its configuration says: `{ noNetwork: true }`, another `id`. */
  readonly changes?: Partial<MachineOptions>;
}

export interface Bridge extends PowerFollower {
  /** Ids in Omni of a VM that has joined. */
  idsOf(site: string, vmid: number): readonly string[];
}

/** Follows all VMs of all sites. What stops or is destroyed stays in Omni, disconnected. */
export function bridge(pve: Pve, omni: BridgedOmni, options: BridgeOptions = {}): Bridge {
  const { talos = 'v1.11.5', boot = (): Boot => ({}) } = options;
  const ids = new Map<string, readonly string[]>();
  const follower = followPower(pve, async (site, { vm, to }, closing) => {
    const key = vmKey(site.name, vm.vmid);
    const known = ids.get(key) ?? [];
    // A VM that comes back under the same number is another machine.
    if (to === 'destroyed') ids.delete(key);
    if (to !== 'running') return connect(omni, known, false);
    if (known.length > 0) return connect(omni, known, true);
    const { afterMs = 0, joins = 'once', changes = {} } = boot(vm, site);
    if (joins === 'never') return;
    await sleep(afterMs, undefined, { signal: closing });
    if (vm.status !== 'running') return;
    const machine = { ...hardwareOf(vm, talos), ...changes };
    const copies = joins === 'twice' ? [machine, machine] : [machine];
    ids.set(key, await omni.addMachines(copies));
  });
  return { ...follower, idsOf: (site, vmid) => ids.get(vmKey(site, vmid)) ?? [] };
}

async function connect(omni: BridgedOmni, ids: readonly string[], connected: boolean): Promise<void> {
  for (const id of ids) await omni.updateMachine(id, { connected });
}

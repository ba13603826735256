/** Lets the VMs of a simulated Proxmox VE boot Talos, and answer at their addresses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { followPower, vmKey, type PowerFollower, type Pve, type Site, type Vm } from '../pve';
import type { TalosMachineOptions } from './options';
import type { Talos } from './start';
import { hardwareOf } from './vm';

export interface TalosBridgeOptions {
  /** Talos of VMs whose image does not say it (`talos-v1.11.5-nocloud-amd64.iso` does). @default 'v1.12.0' */
  readonly talos?: string;
  /** DHCP reservations: CIDR by MAC in lower case, for NICs that cloud-init gives no address. */
  readonly leases?: Readonly<Record<string, string>>;
  /** What becomes of a VM that starts for the first time. @default it answers at once */
  readonly boot?: (vm: Vm, site: Site) => TalosBoot;
}

export interface TalosBoot {
  /** @default 0 */
  readonly afterMs?: number;
  /** Stays silent. */
  readonly never?: true;
  /** Differences to what its configuration says: another `id`, `faults`. */
  readonly changes?: Partial<TalosMachineOptions>;
}

export interface TalosBridge extends PowerFollower {
  /** Id of the machine of a VM that has started; `undefined` if it has not. */
  idOf(site: string, vmid: number): string | undefined;
}

/** Follows all VMs of all sites: what stops is silent, what is destroyed is gone with its disks. */
export function bridgeTalos(pve: Pve, talos: Talos, options: TalosBridgeOptions = {}): TalosBridge {
  const { talos: version = 'v1.12.0', leases = {}, boot = (): TalosBoot => ({}) } = options;
  const ids = new Map<string, string>();
  const follower = followPower(pve, async (site, { vm, to }, closing) => {
    const key = vmKey(site.name, vm.vmid);
    const id = ids.get(key);
    if (to === 'destroyed') {
      // A VM that comes back under the same number is another machine.
      ids.delete(key);
      if (id !== undefined) await talos.removeMachine(id);
    } else if (to === 'stopped' || id !== undefined) {
      if (id !== undefined) await talos.power(id, to === 'running');
    } else {
      const { afterMs = 0, never, changes = {} } = boot(vm, site);
      if (never) return;
      await sleep(afterMs, undefined, { signal: closing });
      if (vm.status !== 'running') return;
      const machine = hardwareOf(vm, version);
      const leased = (machine.links ?? []).flatMap(({ mac }) => leases[mac] ?? []);
      const addresses = leased.length > 0 ? leased : machine.addresses;
      ids.set(key, await talos.addMachine({ ...machine, ...(addresses ? { addresses } : {}), ...changes }));
    }
  });
  return { ...follower, idOf: (site, vmid) => ids.get(vmKey(site, vmid)) };
}

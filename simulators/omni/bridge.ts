/** Lets the VMs of a simulated Proxmox VE boot Talos and join a simulated Omni. */
import { setTimeout as sleep } from 'node:timers/promises';
import { guestDisks, guestNics, guestUuid, type Pve, type PowerChange, type Site, type Vm } from '../pve';
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

export interface Bridge {
  /** Resolves when every VM that has been started or stopped so far is known to Omni as such. */
  settled(): Promise<void>;
  /** Ids in Omni of a VM that has joined. */
  idsOf(site: string, vmid: number): readonly string[];
  /** Takes no more notice of the VMs. */
  close(): Promise<void>;
}

/** Follows all VMs of all sites. What stops or is destroyed stays in Omni, disconnected. */
export function bridge(pve: Pve, omni: BridgedOmni, options: BridgeOptions = {}): Bridge {
  const { talos = 'v1.11.5', boot = (): Boot => ({}) } = options;
  const ids = new Map<string, readonly string[]>();
  /** What is still to be done for a VM, in order. */
  const pending = new Map<string, Promise<void>>();
  const closing = new AbortController();

  const follow = async (site: Site, { vm, to }: PowerChange): Promise<void> => {
    const key = keyOf(site.name, vm.vmid);
    const known = ids.get(key) ?? [];
    // A VM that comes back under the same number is another machine.
    if (to === 'destroyed') ids.delete(key);
    if (to !== 'running') return connect(omni, known, false);
    if (known.length > 0) return connect(omni, known, true);
    const { afterMs = 0, joins = 'once', changes = {} } = boot(vm, site);
    if (joins === 'never') return;
    await sleep(afterMs, undefined, { signal: closing.signal });
    if (vm.status !== 'running') return;
    const machine = { ...machineOf(vm, talos), ...changes };
    const copies = joins === 'twice' ? [machine, machine] : [machine];
    ids.set(key, await omni.addMachines(copies));
  };

  const detach = Object.values(pve.sites).map((site) => {
    const listener = (change: PowerChange): void => {
      const key = keyOf(site.name, change.vm.vmid);
      const before = pending.get(key) ?? Promise.resolve();
      const step = before.then(() => follow(site, change));
      // Its failure is for whoever waits for it.
      step.catch(() => undefined);
      pending.set(key, step);
    };
    site.state.power.on('change', listener);
    return () => site.state.power.off('change', listener);
  });

  return {
    settled: async () => {
      await Promise.all(pending.values());
    },
    idsOf: (site, vmid) => ids.get(keyOf(site, vmid)) ?? [],
    close: async () => {
      for (const stop of detach) stop();
      closing.abort();
      await Promise.allSettled(pending.values());
    },
  };
}

const keyOf = (site: string, vmid: number): string => `${site}/${vmid}`;

async function connect(omni: BridgedOmni, ids: readonly string[], connected: boolean): Promise<void> {
  for (const id of ids) await omni.updateMachine(id, { connected });
}

/** What Talos in this VM tells Omni of itself. */
function machineOf(vm: Vm, talos: string): MachineOptions {
  const nics = guestNics(vm);
  return {
    id: guestUuid(vm),
    links: nics.map(({ mac }) => ({ mac })),
    addresses: nics.flatMap(({ addresses }) => addresses),
    gateways: nics.flatMap(({ gateways }) => gateways),
    disks: guestDisks(vm),
    talos: talosOf(vm) ?? talos,
    cores: Number(vm.config['cores'] ?? 1) * Number(vm.config['sockets'] ?? 1),
    memoryMb: Number(vm.config['memory'] ?? 512),
  };
}

/** Version in the name of an image that the VM has in a drive. */
const talosOf = ({ config }: Vm): string | undefined =>
  Object.values(config)
    .map((value) => /talos[^,]*(v\d+\.\d+\.\d+)/i.exec(String(value))?.[1])
    .find((version) => version !== undefined);

import type { Site } from './site';
import type { Pve } from './start';
import type { PowerChange } from './store/types';

/** Whoever takes notice of VMs that start, stop or go. */
export interface PowerFollower {
  /** Resolves when all that has happened so far is dealt with; throws what went wrong. */
  settled(): Promise<void>;
  /** Takes no more notice. */
  close(): Promise<void>;
}

/** Calls a function for each change of a VM, those of one VM in order. The signal is for when no more notice is taken. */
export function followPower(
  pve: Pve,
  follow: (site: Site, change: PowerChange, closing: AbortSignal) => Promise<void>,
): PowerFollower {
  /** What is still to be done for a VM. */
  const pending = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const detach = Object.values(pve.sites).map((site) => {
    const listener = (change: PowerChange): void => {
      const key = vmKey(site.name, change.vm.vmid);
      const before = pending.get(key) ?? Promise.resolve();
      const step = before.then(() => follow(site, change, closing.signal));
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
    close: async () => {
      for (const stop of detach) stop();
      closing.abort();
      await Promise.allSettled(pending.values());
    },
  };
}

/** Names a VM of one of several sites. */
export const vmKey = (site: string, vmid: number): string => `${site}/${vmid}`;

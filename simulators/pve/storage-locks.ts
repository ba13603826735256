/** Locks of storages: one volume at a time is made on each. */
import { setTimeout as wait } from 'node:timers/promises';
import { failure } from './errors';
import type { Storage } from './store/types';

export interface StorageLockTimes {
  /** How long a request waits for a lock before it gives up. @default 10000 */
  readonly timeoutMs: number;
  /** How often it asks for the lock of a shared storage. There is no queue: who asks at the right moment has it. @default 1000 */
  readonly pollMs: number;
}

/** The golden ratio: its multiples leave no gaps. */
const SPREAD = 0.618;

/** What is done between two volumes of a VM without the lock, as a part of the time between two questions. */
const BETWEEN = 0.05;

/** The kernel gives the lock of a local storage to whoever waits, at once. */
const LOCAL_POLL_MS = 5;

/**
 * A shared storage has one lock for the whole cluster, which is asked for again and again; a local one has a lock per
 * node. Both give up after some seconds, and with them the request or the task.
 */
export class StorageLocks {
  private readonly held = new Set<string>();
  private waits = 0;

  constructor(public times: StorageLockTimes) {}

  /** Makes volumes one after the other; undefined when none of them takes time and nobody else is at it. */
  allocate(node: string, storages: readonly Storage[]): Promise<void> | undefined {
    const isInstant = storages.every(
      (storage) => storage.allocateMs === 0 && !this.held.has(lockOf(node, storage)),
    );
    return isInstant ? undefined : this.oneByOne(node, storages);
  }

  private async oneByOne(node: string, storages: readonly Storage[]): Promise<void> {
    for (const storage of storages) {
      const lock = lockOf(node, storage);
      await this.take(lock, storage);
      try {
        await pause(storage.allocateMs);
      } finally {
        this.held.delete(lock);
      }
      await pause(this.times.pollMs * BETWEEN);
    }
  }

  private async take(lock: string, { id, shared }: Storage): Promise<void> {
    const { timeoutMs, pollMs } = this.times;
    const step = shared ? pollMs : Math.min(pollMs, LOCAL_POLL_MS);
    let left = timeoutMs;
    // Requests do not come in step: each asks at moments of its own, spread evenly over the time between.
    let wait = step * (0.5 + ((++this.waits * SPREAD) % 1));
    while (this.held.has(lock)) {
      left -= step;
      if (left <= 0) throw failure(shared ? clusterTimeout(id) : localTimeout(id));
      await pause(wait);
      wait = step;
    }
    this.held.add(lock);
  }
}

const lockOf = (node: string, { id, shared }: Storage): string => (shared ? id : `${node}/${id}`);

/** A server that is closed does not keep the process alive. */
const pause = (ms: number): Promise<void> => wait(ms, undefined, { ref: false });

const clusterTimeout = (id: string): string => `cfs-lock 'storage-${id}' error: got lock request timeout`;
const localTimeout = (id: string): string =>
  `can't lock file '/var/lock/pve-manager/pve-storage-${id}' - got timeout`;

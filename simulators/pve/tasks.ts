import { failure, messageOf } from './errors';
import { printUpid } from './formats/upid';
import { StorageLocks, type StorageLockTimes } from './storage-locks';
import type { SiteState } from './store/site';
import type { Task } from './store/types';

/** What the work of a task may do besides changing the state. */
export interface TaskLog {
  log(line: string): void;
  /** Makes the task end with `WARNINGS: n`. */
  warn(text: string): void;
}

/** What an injected fault does to a task. */
export interface TaskFault {
  /** Ends with this instead of doing its work. */
  readonly task?: string;
  /** Runs until it is stopped, and does nothing. */
  readonly endless?: boolean;
  /** Does its work and ends with a warning. */
  readonly warning?: string;
}

/** Changes the state at the end of a task; what it throws is the exit status. */
export type Work = (task: TaskLog) => void | Promise<void>;

export interface TaskOptions {
  /** Holds the lock of this VM: the work of other tasks of it waits. */
  readonly lock?: number;
  /** Called when the task fails, for what was done before it began. */
  readonly undo?: () => void;
}

export interface TaskRequest extends TaskOptions {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly work: Work;
  readonly fault?: TaskFault | undefined;
}

export interface TaskTimes {
  /** Milliseconds: for all, or by type. */
  readonly taskMs: number | Readonly<Record<string, number>>;
  readonly lockMs: number;
  readonly storageLock?: Partial<StorageLockTimes>;
}

/** Exit status of a task that was stopped. */
const INTERRUPTED = 'received interrupt';

/** Tasks of a site: they take their time, hold locks and leave a log. */
export class Tasks {
  private pids = 1000;
  private readonly started = Date.now();
  /** The last task in line for the lock of a VM. */
  private readonly locks = new Map<number, Promise<void>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Tasks that end only when they are stopped, by UPID. */
  private readonly endless = new Map<string, () => void>();
  private closed = false;
  readonly storageLocks: StorageLocks;

  constructor(
    private readonly state: SiteState,
    public times: TaskTimes,
  ) {
    this.storageLocks = new StorageLocks({ timeoutMs: 10_000, pollMs: 1000, ...times.storageLock });
  }

  /** Starts a task and gives its UPID; with a duration of 0 it is done before this returns, if its work is not async. */
  start(request: TaskRequest): string {
    const task = this.create(request);
    const ms = this.duration(request.type);
    const before = request.lock === undefined ? undefined : this.locks.get(request.lock);
    if (before === undefined && ms === 0) {
      const rest = this.run(task, request);
      if (rest) this.hold(request.lock, rest);
    } else {
      const done = (async () => {
        await before;
        await this.sleep(ms);
        await this.run(task, request);
      })();
      this.hold(request.lock, done);
    }
    return task.upid;
  }

  /** Waits until no task holds the lock of a VM, as a request that changes its configuration does. */
  async locked(vmid: number): Promise<void> {
    const deadline = Date.now() + this.times.lockMs;
    for (let holder = this.locks.get(vmid); holder; holder = this.locks.get(vmid)) {
      const left = deadline - Date.now();
      const isFree = await Promise.race([
        holder.then(() => true),
        this.sleep(Math.max(left, 0)).then(() => false),
      ]);
      if (!isFree) throw failure(`can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`);
    }
  }

  /** Ends a task that would not end; for others there is nothing to do, or no time. */
  stop(upid: string): void {
    this.endless.get(upid)?.();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Ends all waiting; tasks that still run stay unfinished. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private duration(type: string): number {
    const { taskMs } = this.times;
    return typeof taskMs === 'number' ? taskMs : (taskMs[type] ?? 0);
  }

  private create({ node, type, id, user }: TaskRequest): Task {
    const pid = ++this.pids;
    const now = Date.now();
    const starttime = Math.floor(now / 1000);
    const pstart = Math.floor((now - this.started) / 10);
    const head = { node, pid, pstart, starttime, type, id, user };
    const task: Task = { ...head, upid: printUpid(head), status: 'running', log: [] };
    this.state.tasks.set(task.upid, task);
    return task;
  }

  /** Undefined when the work was done at once. */
  private run(task: Task, { work, fault, undo }: TaskRequest): Promise<void> | undefined {
    let warnings = 0;
    const log: TaskLog = {
      log: (line) => void task.log.push(line),
      warn: (text) => {
        warnings++;
        task.log.push(`WARN: ${text}`);
      },
    };
    const finish = (error?: unknown): void => {
      if (error !== undefined) undo?.();
      task.status = 'stopped';
      task.exitstatus =
        error !== undefined ? messageOf(error) : warnings > 0 ? `WARNINGS: ${warnings}` : 'OK';
      task.log.push(error === undefined ? `TASK ${task.exitstatus}` : `TASK ERROR: ${task.exitstatus}`);
    };
    try {
      if (fault?.endless === true) return this.stopped(task.upid).then(() => finish(failure(INTERRUPTED)));
      if (fault?.task !== undefined) throw failure(fault.task);
      if (fault?.warning !== undefined) log.warn(fault.warning);
      const result = work(log);
      if (result instanceof Promise) return result.then(() => finish(), finish);
      finish();
    } catch (error) {
      finish(error);
    }
    return undefined;
  }

  private stopped(upid: string): Promise<void> {
    return new Promise<void>((resolve) => this.endless.set(upid, resolve)).finally(() =>
      this.endless.delete(upid),
    );
  }

  private hold(vmid: number | undefined, done: Promise<void>): void {
    if (vmid === undefined) return;
    const released = done.finally(() => {
      if (this.locks.get(vmid) === released) this.locks.delete(vmid);
    });
    this.locks.set(vmid, released);
  }

  private sleep(ms: number): Promise<void> {
    if (ms === 0 && !this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.closed) return;
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms);
      this.timers.add(timer);
    });
  }
}

import { Faults } from './faults';
import { buildState, nodesOf } from './store/build';
import type { SiteState } from './store/site';
import type { PveOptions, SiteOptions } from './options';
import type { ApiSchema } from './schema/check';
import type { AccessLog } from './server/access-log';
import type { Listener } from './server/listener';
import { Tasks } from './tasks';
import { halt } from './vm/lifecycle';

/** A site in the hands of a test. */
export interface Site {
  readonly name: string;
  /** `https://127.0.0.1:PORT/` by node. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** That of the first node. */
  readonly endpoint: string;
  /** What the servers know; changing it is a change out of band. */
  readonly state: SiteState;
  /** All requests so far, oldest first. */
  readonly requests: readonly AccessLog[];
  /** Requests that the API schema does not allow. */
  readonly violations: readonly AccessLog[];
  readonly faults: Faults;
  /** Switches one node of a cluster off, with its guests: the others go on, as long as they are most. */
  nodeDown(name: string): Promise<void>;
  nodeUp(name: string): Promise<void>;
  /** Takes the servers off the network: connections are refused. */
  down(): Promise<void>;
  /** Brings them back at the same addresses, with all they knew. */
  up(): Promise<void>;
  /** Ends a task that would not end, as an operator does; for others there is nothing to do. */
  stopTask(upid: string): void;
  /** How long tasks take from now on. */
  taskMs: number | Readonly<Record<string, number>>;
}

/** A site with what its servers need. */
export class SiteRuntime implements Site {
  readonly name: string;
  readonly state: SiteState;
  readonly requests: AccessLog[] = [];
  readonly faults = new Faults();
  readonly tasks: Tasks;
  readonly endpoints: Record<string, string> = {};
  /** By node. */
  readonly listeners = new Map<string, Listener>();

  constructor(
    readonly options: SiteOptions,
    /** Undefined when requests are not checked. */
    readonly schema: ApiSchema | undefined,
    private readonly onRequest: PveOptions['onRequest'],
  ) {
    this.name = options.name;
    this.state = buildState(options);
    this.tasks = new Tasks(this.state, {
      taskMs: options.taskMs ?? 0,
      lockMs: options.lockMs ?? 10_000,
      ...(options.storageLock ? { storageLock: options.storageLock } : {}),
    });
  }

  get endpoint(): string {
    const [first] = nodesOf(this.options);
    return this.endpoints[first?.name ?? ''] ?? '';
  }

  get violations(): readonly AccessLog[] {
    return this.requests.filter(({ violation }) => violation !== undefined);
  }

  get taskMs(): number | Readonly<Record<string, number>> {
    return this.tasks.times.taskMs;
  }

  set taskMs(taskMs: number | Readonly<Record<string, number>>) {
    this.tasks.times = { ...this.tasks.times, taskMs };
  }

  stopTask(upid: string): void {
    this.tasks.stop(upid);
  }

  async nodeDown(name: string): Promise<void> {
    this.state.node(name).offline = true;
    for (const vm of this.state.vms.values()) {
      if (vm.node === name && vm.status === 'running') halt(this.state, vm);
    }
    await this.listeners.get(name)?.close();
  }

  async nodeUp(name: string): Promise<void> {
    this.state.node(name).offline = false;
    await this.listeners.get(name)?.open();
  }

  async down(): Promise<void> {
    await Promise.all([...this.listeners.values()].map((listener) => listener.close()));
  }

  async up(): Promise<void> {
    const online = [...this.listeners].filter(([name]) => !this.state.node(name).offline);
    await Promise.all(online.map(([, listener]) => listener.open()));
  }

  log(entry: Omit<AccessLog, 'seq' | 'site'>): void {
    const logged: AccessLog = { seq: this.requests.length + 1, site: this.name, ...entry };
    this.requests.push(logged);
    this.onRequest?.(logged);
  }
}

import type { Check, Identity } from '../auth/permissions';
import { assertAny, assertPrivileges, has } from '../auth/permissions';
import { parameterError, failure } from '../errors';
import { parseBoolean } from '../formats/property-string';
import type { SiteState } from '../store/site';
import type { Storage, Vm } from '../store/types';
import type { TaskFault, TaskOptions, Tasks, Work } from '../tasks';
import type { Params } from './access-log';
import type { Upload } from './parameters';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One method of one path. */
export interface Route {
  readonly method: Method;
  /** `/nodes/{node}/qemu/{vmid}/config` */
  readonly template: string;
  /** The answer is the `data` of the response. */
  readonly handler: (call: Call) => unknown;
  /** Privileges that every request needs; handlers may ask for more. */
  readonly check?: Check;
  /** The same in version 8, where it differs. */
  readonly checkIn8?: Check;
  /** Needs no login. */
  readonly open?: boolean;
}

export const route = (method: Method, template: string, handler: Route['handler'], check?: Check): Route =>
  check ? { method, template, handler, check } : { method, template, handler };

/** One request, as handlers see it. */
export class Call {
  constructor(
    readonly state: SiteState,
    private readonly tasks: Tasks,
    readonly who: Identity,
    readonly params: Params,
    readonly upload?: Upload,
    private readonly fault?: TaskFault,
  ) {}

  /** A parameter, also one of the path; undefined if it was not sent. */
  optional(name: string): string | undefined {
    const value = this.params[name];
    return typeof value === 'string' ? value : value?.join(',');
  }

  text(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw parameterError({ [name]: 'property is missing and it is not optional' });
    return value;
  }

  int(name: string): number {
    const text = this.text(name);
    if (!/^-?\d+$/.test(text)) {
      throw parameterError({ [name]: `type check ('integer') failed - got '${text}'` });
    }
    return Number(text);
  }

  flag(name: string): boolean {
    const text = this.optional(name);
    if (text === undefined) return false;
    const value = parseBoolean(text);
    if (value === undefined)
      throw parameterError({ [name]: `type check ('boolean') failed - got '${text}'` });
    return value;
  }

  list(name: string): readonly string[] {
    const value = this.params[name];
    return typeof value === 'string' ? [value] : (value ?? []);
  }

  get node(): string {
    return this.text('node');
  }

  get vm(): Vm {
    return this.state.vmOn(this.node, this.int('vmid'));
  }

  get storage(): Storage {
    return this.state.storage(this.node, this.text('storage'));
  }

  has(path: string, privilege: string): boolean {
    return has(this.state, this.who, path, privilege);
  }

  /** Throws 403 unless there are all of them. */
  need(path: string, ...privileges: readonly string[]): void {
    assertPrivileges(this.state, this.who, path, ...privileges);
  }

  needAny(path: string, ...privileges: readonly string[]): void {
    assertAny(this.state, this.who, path, ...privileges);
  }

  /** Some settings are for root@pam with a password alone. */
  needRoot(message: string): void {
    if (!this.who.isRoot) throw failure(message);
  }

  /** Starts a task on the node of the path and gives its UPID. */
  task(type: string, id: string, work: Work, options: TaskOptions = {}): string {
    const { node, fault } = this;
    return this.tasks.start({ node, type, id, user: this.who.id, work, fault, ...options });
  }

  /** Takes the time and the locks of volumes to make; undefined when there is nothing to wait for. */
  allocateOn(storages: readonly Storage[], node = this.node): Promise<void> | undefined {
    return this.tasks.storageLocks.allocate(node, storages);
  }

  stopTask(upid: string): void {
    this.tasks.stop(upid);
  }

  /** Waits for the lock of a VM, and refuses one that is locked for longer (`clone`, `create`). */
  async lockVm(vmid: number): Promise<Vm> {
    await this.tasks.locked(vmid);
    const vm = this.state.vmOn(this.node, vmid);
    if (vm.lock !== undefined) throw failure(`VM is locked (${vm.lock})`);
    return vm;
  }
}

import { EventEmitter } from 'node:events';
import { majorOf } from '../auth/privileges';
import { failure, PveError } from '../errors';
import type { WebOptions } from '../options';
import type * as types from './types';
import { storageOf } from './volumes';

/** Everything that the servers of one site know. Tests may read and change it: that is a change out of band. */
export class SiteState {
  readonly vms = new Map<number, types.Vm>();
  readonly pools = new Map<string, types.Pool>();
  readonly mappings: Readonly<Record<types.MappingKind, Map<string, types.Mapping>>> = {
    pci: new Map(),
    usb: new Map(),
    dir: new Map(),
  };
  readonly ha: Readonly<Record<types.HaKind, Map<string, types.HaEntry>>> = {
    groups: new Map(),
    resources: new Map(),
    rules: new Map(),
  };
  /** By UPID. */
  readonly tasks = new Map<string, types.Task>();
  /** Tokens and users, by id. */
  readonly accounts = new Map<string, types.Account>();
  /** SHA-256 of the certificate of the servers. */
  fingerprint = '';
  /** Tells of VMs that start, stop and go: what a guest would notice. */
  readonly power = new EventEmitter<{ change: [types.PowerChange] }>();
  /** CPU models of one's own, without `custom-`. */
  readonly cpuModels = new Set<string>();
  /** Logins, by ticket. */
  readonly tickets = new Map<string, { readonly user: string; readonly csrf: string }>();

  constructor(
    readonly name: string,
    readonly version: string,
    readonly nodes: ReadonlyMap<string, types.Node>,
    /** What guests without an agent of their own have. */
    public agent: types.AgentMode,
    /** What downloads find. */
    public web: WebOptions,
  ) {}

  get major(): number {
    return majorOf(this.version);
  }

  node(name: string): types.Node {
    const node = this.nodes.get(name);
    if (!node) throw new Error(`site ${this.name} has no node ${name}`);
    return node;
  }

  /** A VM that must be on this node, or the text that clients read as "it is gone". */
  vmOn(node: string, vmid: number): types.Vm {
    const vm = this.vms.get(vmid);
    if (vm?.node !== node) {
      throw failure(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
    }
    return vm;
  }

  storage(node: string, id: string): types.Storage {
    const storage = this.node(node).storages.get(id);
    if (storage) return storage;
    const elsewhere = [...this.nodes.values()].some(({ storages }) => storages.has(id));
    throw failure(
      elsewhere ? `storage '${id}' is not available on node '${node}'` : `storage '${id}' does not exist`,
    );
  }

  /** A volume that must exist, with its storage. */
  volume(node: string, volid: string): { storage: types.Storage; volume: types.Volume } {
    const storage = this.storage(node, storageOf(volid));
    const volume = storage.volumes.get(volid);
    if (!volume) throw failure(`volume '${volid}' does not exist`);
    return { storage, volume };
  }

  /** Every storage once, with a node that has it. */
  *storages(): Iterable<{ node: types.Node; storage: types.Storage }> {
    const seen = new Set<types.Storage>();
    for (const node of this.nodes.values()) {
      for (const storage of node.storages.values()) {
        if (!seen.has(storage)) yield { node, storage };
        seen.add(storage);
      }
    }
  }

  /** All volumes of the site, or of one VM. */
  volumes(vmid?: number): types.Volume[] {
    const all = [...this.storages()].flatMap(({ storage }) => [...storage.volumes.values()]);
    return vmid === undefined ? all : all.filter((volume) => volume.vmid === vmid);
  }

  /** Whether most nodes of the cluster are there. */
  get isQuorate(): boolean {
    const online = [...this.nodes.values()].filter(({ offline }) => !offline).length;
    return online > this.nodes.size / 2;
  }

  /** Whether the node of a VM is off: the others know that the VM exists, and not much more. */
  isOutOfReach({ node }: types.Vm): boolean {
    return this.nodes.get(node)?.offline === true;
  }

  /** Whether the site runs this version or a later one. */
  isSince(major: number, minor: number): boolean {
    const [ownMajor = 0, ownMinor = 0] = this.version.split('.').map(Number);
    return ownMajor > major || (ownMajor === major && ownMinor >= minor);
  }

  /** The pools of `/vms/100` or `/storage/local`: a VM is in one at most. */
  poolsOf(path: string): types.Pool[] {
    const [, kind, id = ''] = /^\/(vms|storage)\/([^/]+)$/.exec(path) ?? [];
    if (kind === undefined) return [];
    return [...this.pools.values()].filter(({ vms, storages }) =>
      kind === 'vms' ? vms.has(Number(id)) : storages.has(id),
    );
  }

  /** A pool to put something in that does not exist is answered like one that one may not use. */
  assertPool(id: string): void {
    if (!this.pools.has(id)) throw new PveError(403, `Permission check failed (pool '${id}' does not exist)`);
  }

  poolOf(vmid: number): types.Pool | undefined {
    return [...this.pools.values()].find((pool) => pool.vms.has(vmid));
  }

  /** A site as JSON: for the control endpoint and for messages of failed tests. */
  snapshot(): Record<string, unknown> {
    return {
      name: this.name,
      version: this.version,
      vms: [...this.vms.values()].map((vm) => ({ ...vm, pool: this.poolOf(vm.vmid)?.poolid })),
      volumes: this.volumes(),
      pools: [...this.pools.values()].map((pool) => ({
        ...pool,
        vms: [...pool.vms],
        storages: [...pool.storages],
      })),
      mappings: Object.fromEntries(
        Object.entries(this.mappings).map(([kind, map]) => [kind, [...map.values()]]),
      ),
      ha: Object.fromEntries(Object.entries(this.ha).map(([kind, map]) => [kind, [...map.values()]])),
      tasks: [...this.tasks.values()],
    };
  }
}

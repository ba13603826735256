/** What a simulated Omni starts with, and what its machines and faults are. */
import type { MachineHardware } from '../talos';

export interface OmniOptions {
  /** Machines that have joined already. */
  readonly machines?: readonly MachineOptions[];
  /** Milliseconds until a cluster with connected machines is healthy. @default 1000 */
  readonly readyAfterMs?: number;
  /** Clusters may use the discovery service of Omni. @default true */
  readonly embeddedDiscovery?: boolean;
  /** Faults from the start; see `Omni.fault`. */
  readonly faults?: OmniFaults;
  /** The server ends itself after this time, should nobody do it. Milliseconds. @default 600000 */
  readonly maxLifeMs?: number;
}

/** A machine that runs Talos and has joined Omni. One whose id is connected already is a conflict: the newcomer gets a new id. */
export interface MachineOptions extends MachineHardware {
  /** @default true */
  readonly connected?: boolean;
  /** Talos is on a disk. Without, the machine is in maintenance mode. @default whether it is in a cluster */
  readonly installed?: boolean;
  /** Cluster that it belongs to, which is made if it is not there. @default none */
  readonly cluster?: string;
  /** In that cluster. @default 'worker' */
  readonly role?: 'control-plane' | 'worker';
  /** Labels that a user has set. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The machine has joined, but nothing is known of it yet: there is no MachineStatus. @default false */
  readonly noStatus?: boolean;
  /** MachineStatus is there, its network, hardware and schematic are null. @default false */
  readonly noNetwork?: boolean;
}

/** What goes wrong from now on. Times are counted from the moment that a fault is set. */
export interface OmniFaults {
  /** Clusters never become healthy. */
  readonly neverReady?: boolean;
  /** The first of these that matches a write refuses it. */
  readonly refuse?: readonly Refusal[];
  /** Each call takes so much longer. Milliseconds. */
  readonly delayMs?: number;
  /** No call is answered until other faults are set. */
  readonly hang?: boolean;
  /** Each connection is closed at its next call. */
  readonly drop?: boolean;
  /** Every signature is wrong, which is what a clock that is off looks like. */
  readonly rejectSignatures?: boolean;
  /** API generation of the server; omnictl has 2. */
  readonly apiVersion?: number;
  /** Version of the server: `v1.10.4`. */
  readonly version?: string;
  /** For so long no catalogue of extensions is loaded. Milliseconds. */
  readonly noCatalogueMs?: number;
  /** The server ends itself when it gets more calls than this. */
  readonly exitAfterCalls?: number;
  /** The same, counting only calls that want to change something. */
  readonly exitAfterWrites?: number;
  /** After so many calls that want to change something, no more of them is answered until other faults are set. */
  readonly hangAfterWrites?: number;
}

export interface Refusal {
  /** @default any of them */
  readonly verb?: 'create' | 'update' | 'destroy';
  /** Short name: `ConfigPatches`. */
  readonly type: string;
  /** Name of a gRPC code. @default 'InvalidArgument' */
  readonly code?: string;
  readonly message: string;
  /** @default for ever */
  readonly times?: number;
}

/** A resource as the server keeps it: labels as they were set, the spec with the keys that `omnictl get -o json` shows. */
export interface OmniResource {
  readonly type: string;
  readonly id: string;
  readonly phase: 'running' | 'tearingDown';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly version: number;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A call that wanted to change something. */
export interface OmniWrite {
  readonly verb: 'create' | 'update' | 'destroy';
  /** Short name: `MachineSetNodes`. */
  readonly type: string;
  readonly id: string;
  readonly role: 'Operator' | 'Reader';
  /** Text of the refusal; empty if it was done. */
  readonly error: string;
}

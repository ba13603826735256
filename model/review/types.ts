import type { Effect } from '../terraform/arguments';
import type { Role } from '../cluster/roles';

/** Version of the shape of a review as JSON. */
export const REVIEW_FORMAT_VERSION = 1;

/**
 * What happens to a resource. `lost`: Terraform would create it though an earlier apply made it, and it is gone. `take`:
 * Terraform would create it, and takes over the one that is there.
 */
export type Action =
  'remove' | 'replace' | 'lost' | 'create' | 'take' | 'update' | 'import' | 'forget' | 'move';

/** `low`: nobody notices. `medium`: a restart, or something to look at. `high`: data, identity or quorum is at risk. */
export type Level = 'low' | 'medium' | 'high';

/** One argument, in the words of the definition; `from` and `to` are ready to print and never secret. */
export interface Change {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly effect: Effect;
}

/** What the VM itself goes through. `later`: the change waits until somebody restarts the VM. */
export type Power = 'keeps' | 'restarts' | 'later' | 'starts' | 'stops';

/** What happens to the contents of a disk. */
export interface DiskRisk {
  /** `scsi1` */
  readonly disk: string;
  readonly gb: number;
  readonly storage: string;
  readonly what: 'destroyed' | 'detached' | 'shrunk' | 'moved';
}

export interface NodeReview {
  readonly name: string;
  readonly role: Role | 'unknown';
  /** Key of the server where the node is, or will be if it is new. */
  readonly server: string;
  readonly address: string;
  readonly vmid: number;
  readonly action: Action;
  readonly level: Level;
  readonly power: Power;
  readonly changes: readonly Change[];
  /** Why it is replaced. */
  readonly reasons: readonly string[];
  readonly data: readonly DiskRisk[];
  /** Size of the VM before (0 if new) and after (0 if gone). */
  readonly cores: { readonly from: number; readonly to: number };
  readonly mb: { readonly from: number; readonly to: number };
  /** Address it had before, or Proxmox id that it is imported from. */
  readonly origin: string;
}

/** A resource that is no VM. */
export interface OtherReview {
  /** `image`, `PCI mapping`, `resource pool`, … */
  readonly kind: string;
  readonly name: string;
  /** Proxmox node of an image; "" for what a whole site shares. */
  readonly place: string;
  readonly address: string;
  readonly action: Action;
  readonly level: Level;
  readonly changes: readonly Change[];
  readonly reasons: readonly string[];
  readonly origin: string;
}

/**
 * Something a person must know. `blocked`: ends with exit code 2. `allowed`: would, but a flag names it. `warning`: never
 * ends anything.
 */
export interface ReviewFinding {
  readonly severity: 'blocked' | 'allowed' | 'warning';
  readonly rule: string;
  /** Node, pool, mapping or cluster. */
  readonly subject: string;
  readonly message: string;
  /** What to write behind `--allow`; "" where no flag makes it work. */
  readonly allow: string;
}

/** Control planes while Terraform works, which it does on up to ten resources at once. */
export interface Quorum {
  /** Before the change. */
  readonly members: number;
  readonly needed: number;
  /** Names of those that go down. */
  readonly down: readonly string[];
  /** Whether those that stay up are enough. */
  readonly kept: boolean;
}

/** Cores and memory of the VMs of a server (or of all, `server` is ""): before, after, and down at once meanwhile. */
export interface Load {
  readonly server: string;
  readonly cores: { readonly from: number; readonly to: number; readonly down: number };
  readonly mb: { readonly from: number; readonly to: number; readonly down: number };
}

/** A plan, judged. Printed as it is by `--json`. */
export interface Review {
  readonly format_version: number;
  readonly cluster: string;
  /** Of the plan: what `up --expect` takes. "" for an incomplete one, which nobody can approve. */
  readonly fingerprint: string;
  /** `incomplete`: Terraform could not plan everything, so that nothing is certain about the rest. */
  readonly verdict: 'nothing' | 'safe' | 'allowed' | 'blocked' | 'incomplete';
  readonly nodes: readonly NodeReview[];
  /** Number of nodes that nothing happens to. */
  readonly untouched: number;
  readonly others: readonly OtherReview[];
  /** Names of the outputs that change. */
  readonly outputs: readonly string[];
  /** Blocked first. */
  readonly findings: readonly ReviewFinding[];
  readonly quorum: Quorum;
  /** Servers with a difference, then all together if there are several. */
  readonly loads: readonly Load[];
  /** What Terraform and the provider say besides. */
  readonly notes: readonly string[];
}

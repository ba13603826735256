/** One cell of the fault matrix: what is broken, what must be said, and how it is repaired. */
import type { Site } from '../../../simulators/pve';
import type { Adjust, Case } from './stack';

export type Operation = 'create' | 'update' | 'destroy';
export const OPERATIONS: readonly Operation[] = ['create', 'update', 'destroy'];

export interface ManualStep {
  /** What a person types or does before the next run, in Markdown. */
  readonly text: string;
  readonly run: (one: Case) => Promise<void> | void;
}

export interface Cell {
  /** Breaks something, before the run. `site` is the server of the victim. */
  readonly fault: (site: Site) => void;
  /** Does something while the run goes on: what a person does about a run that hangs. */
  readonly during?: (site: Site) => Promise<void>;
  /** The error that Terraform ends with, in one line and shortened; none: the run succeeds all the same. */
  readonly error?: string;
  /** What it warns of in a run that succeeds, likewise. @default nothing */
  readonly warning?: string;
  /** Ends the fault. @default all faults of the servers are removed */
  readonly mend?: (site: Site) => Promise<void> | void;
  /** What a plan says when the fault is gone: `1 to add, 0 to change, 0 to destroy`. @default nothing to do */
  readonly plan?: string;
  readonly manual?: ManualStep;
  /** What goes wrong for good, where something does: in words for the document. */
  readonly danger?: string;
  /** VMIDs of the VMs that are lost by it. @default none */
  readonly loses?: readonly number[];
  readonly adjust?: Adjust;
}

/** A fault with a cell per operation, or why there is none. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly create: Cell | string;
  readonly update: Cell | string;
  readonly destroy: Cell | string;
}

export const NOTHING = 'nothing to do';

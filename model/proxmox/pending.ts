import { fileProblem, type Diagnostic } from '../diagnostics/diagnostics';
import { count } from '../support/text';
import type { PendingKeys } from './answers';

/** A key of a running VM that takes its new value at the next restart. "" for none. */
export interface PendingChange {
  /** As Proxmox calls it: `memory`. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** A node that runs with other values than its configuration has. */
export interface WaitingNode {
  readonly name: string;
  readonly changes: readonly PendingChange[];
}

/** Nodes that wait for a restart, as far as the servers told. */
export interface WaitingNodes {
  readonly nodes: readonly WaitingNode[];
  /** Why some are not known. */
  readonly problems: readonly string[];
}

/** What of the answer of Proxmox is still to come. */
export const pendingChanges = (keys: PendingKeys): PendingChange[] =>
  keys
    .filter((one) => (one.pending !== undefined && one.pending !== one.value) || one.delete !== undefined)
    .map(({ key, value = '', pending = '' }) => ({ key, from: value, to: pending }));

/** `memory 8192 → 16384` */
const changesText = (changes: readonly PendingChange[]): string =>
  changes.map(({ key, from, to }) => `${key} ${from || 'none'} → ${to || 'none'}`).join(', ');

/** `talos-worker-1 (memory 8192 → 16384)` */
const waitingText = ({ name, changes }: WaitingNode): string => `${name} (${changesText(changes)})`;

/** What to do about them, in one line; "" for none. */
export const waitingLine = (cluster: string, { nodes }: WaitingNodes): string =>
  nodes.length === 0
    ? ''
    : `${count(nodes.length, 'node')} must be restarted for changes to take effect: ${nodes.map(waitingText).join(', ')}; one at a time, with npm run restart -- ${cluster}`;

/** For a table of all nodes: what each waits for, and what is not known. */
export const waitingDiagnostics = (cluster: string, { nodes, problems }: WaitingNodes): Diagnostic[] => {
  const warning = (path: string, message: string): Diagnostic => ({
    ...fileProblem(cluster, message, 'restart-pending'),
    path,
    severity: 'warning',
  });
  return [
    ...nodes.map(({ name, changes }) =>
      warning(name, `must be restarted for ${changesText(changes)}; run npm run restart -- ${cluster}`),
    ),
    ...problems.map((problem) => warning('', `whether nodes wait for a restart is not known: ${problem}`)),
  ];
};

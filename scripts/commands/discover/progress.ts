import { matchSummary } from '../../../model/omni/findings';
import type { Matching, NodeMatch } from '../../../model/omni/match';
import { some } from '../../../model/support/text';
import { formatDuration } from '../../lib/platform/duration';
import type { Io } from '../../../model/diagnostics/io';
import { stateText } from './view';
import { formatTable } from '../../lib/platform/table';

/** Shows a person what is waited for. */
export interface ProgressDisplay {
  waiting(matching: Matching): void;
  trouble(message: string): void;
  /** Takes away what is shown only while waiting. */
  end(): void;
}

/** For logs: one line at first, then one for each change. */
export function lineProgress(io: Io, waitMs: number): ProgressDisplay {
  let before: Map<string, string> | undefined;
  return {
    waiting(matching) {
      const now = new Map(matching.nodes.map((match) => [match.name, stateText(match)]));
      if (!before) {
        io.err(`${waitingText(matching)}, for at most ${formatDuration(waitMs)}\n`);
      } else {
        for (const [name, state] of now) if (before.get(name) !== state) io.err(`${name}: ${state}\n`);
      }
      before = now;
    },
    trouble: (message) => io.err(`${message}; trying again\n`),
    end: () => undefined,
  };
}

const unmatched = ({ nodes }: Matching): NodeMatch[] => nodes.filter(({ state }) => state !== 'matched');

function waitingText(matching: Matching): string {
  const names = unmatched(matching).map(({ name }) => name);
  return `${matchSummary(matching)}; waiting for ${some(names)}`;
}

/** For terminals: a table of what is still missing, redrawn in place. */
export function liveProgress(io: Io, waitMs: number, rows: number): ProgressDisplay {
  let drawn = 0;
  const control = io.control ?? io.err;
  const draw = (text: string): void => {
    if (drawn > 0) control(`\u001b[${drawn}A\u001b[0J`);
    drawn = text.split('\n').length - 1;
    io.err(text);
  };
  return {
    waiting: (matching) => draw(liveText(matching, waitMs, rows)),
    trouble: (message) => draw(`${message}; trying again\n`),
    end: () => draw(''),
  };
}

function liveText(matching: Matching, waitMs: number, rows: number): string {
  // Two lines for the heads, one for the cursor: what does not fit could not be redrawn.
  const shown = unmatched(matching).slice(0, Math.max(1, rows - 3));
  const lines = shown.map((match) => [
    match.name,
    match.node.proxmox_server,
    String(match.node.vm_id),
    match.node.mac_address,
    stateText(match),
  ]);
  return `${matchSummary(matching)}; waiting for at most ${formatDuration(waitMs)}\n${formatTable(['NODE', 'SERVER', 'VMID', 'MAC', 'STATE'], lines)}`;
}

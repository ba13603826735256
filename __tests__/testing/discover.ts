import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runDiscover, type DiscoverOptions } from '../../scripts/commands/discover/discover';
import type { Clock } from '../../scripts/lib/platform/clock';
import type { Omnictl } from '../../scripts/lib/omni/omnictl';
import type { OmniProblem } from '../../scripts/lib/omni/problems';
import { baseInventory, nodeOf, omnictlText, rawStatus, type StatusParts } from './inventory';
import { temporaryFolder } from './terraform';

export const INVENTORY = baseInventory();
export const WORKER = nodeOf(INVENTORY, 'worker-1');
export const UNREACHABLE = {
  problem: { rule: 'omni-unreachable', message: 'Omni is away', transient: true },
} as const;

/** Text of omnictl with worker-1 as a test wants it; absent without parts. */
export const answer = (worker?: StatusParts): string =>
  omnictlText(
    Object.entries(INVENTORY).flatMap(([name, node]) => {
      if (name !== 'worker-1') return [rawStatus(node)];
      return worker ? [rawStatus(node, worker)] : [];
    }),
  );

/** omnictl that gives one answer after the other, and the last for ever. */
export function answers(...texts: readonly (string | { readonly problem: OmniProblem })[]): Omnictl {
  let calls = 0;
  return {
    call: () => {
      const next = texts[Math.min(calls++, texts.length - 1)] ?? '';
      return Promise.resolve(typeof next === 'string' ? { text: next } : next);
    },
  };
}

/** A clock on which sleeping takes no time. */
function fastClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
  };
}

const start = process.cwd();
afterEach(() => process.chdir(start));

/** Runs discover in a folder of its own, or in one that an earlier run has left. */
export async function discover(
  omnictl: Omnictl,
  options: Partial<DiscoverOptions> = {},
  { folder = temporaryFolder(), terminalRows }: { folder?: string; terminalRows?: number } = {},
) {
  process.chdir(folder);
  writeFileSync('inventory.json', JSON.stringify(INVENTORY));
  const clock = fastClock();
  let stdout = '';
  let stderr = '';
  const code = await runDiscover(
    {
      cluster: 'home',
      definitions: 'clusters',
      inventory: 'inventory.json',
      talosVersion: 'v1.11.5',
      ...options,
    },
    { out: (text) => (stdout += text), err: (text) => (stderr += text) },
    { omnictl, clock, ...(terminalRows === undefined ? {} : { terminalRows }) },
  );
  const data = join(folder, 'machine-data/home');
  return { code, stdout, stderr, folder, slept: clock.slept, files: () => contents(data) };
}

function contents(folder: string): Record<string, string> {
  try {
    return Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
  } catch {
    return {};
  }
}

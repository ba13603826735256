/** Kills our commands at points that a test chooses. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { readIfThere } from '../../model/support/files';
import type { Environment } from '../../simulators/omni';
import { PROJECT_ROOT } from '../../tools/paths';
import { programPath } from '../../tools/programs';
import { eventually } from './omni';
import type { Operator } from './operator';
import { temporaryFolder } from './terraform';

/** Where a command dies, by SIGKILL. */
export type Death =
  | {
      /** A call of omnictl: words of its arguments. */
      readonly call: string;
      /** Which of these calls. @default 1 */
      readonly nth?: number;
      /** `alone`: before it, and omnictl lives on; else omnictl dies too. */
      readonly when: 'before' | 'after' | 'alone';
    }
  | {
      /** In a sync, when Omni has done so many of its writes and the next is on its way. */
      readonly writes: number;
      /** omnictl lives on, and Omni answers it later. */
      readonly alone?: boolean;
    }
  | {
      /** In a sync, while Omni waits until this member can be reset. */
      readonly leaving: string;
      /** omnictl lives on. */
      readonly alone?: boolean;
    };

/** The real omnictl, which notes who calls it, and takes its caller with it. */
const OMNICTL = `#!/bin/sh
echo "$PPID $$ $*" >>"$CALLS"
if [ -n "$DIE_AT" ]; then
  case "$*" in
  *"$DIE_AT"*)
    if [ "$(grep -cF -- "$DIE_AT" "$CALLS")" = "$DIE_NTH" ]; then
      [ "$DIE_WHEN" = after ] && "$OMNICTL_REAL" "$@"
      kill -KILL "$PPID"
      [ "$DIE_WHEN" = alone ] || exit 1
    fi
    ;;
  esac
fi
exec "$OMNICTL_REAL" "$@"
`;

/** Runs a command that dies, and proves that it did. What the command leaves behind may be still at work: see `survivors`. */
export async function kill(
  operator: Operator,
  death: Death,
  command: (env: Environment) => Promise<RunResult>,
): Promise<Survivors> {
  const folder = temporaryFolder();
  const omnictl = join(folder, 'omnictl');
  writeFileSync(omnictl, OMNICTL);
  chmodSync(omnictl, 0o755);
  const calls = join(folder, 'calls');
  const env = { OMNICTL: omnictl, OMNICTL_REAL: programPath('omnictl'), CALLS: calls };
  const dying =
    'call' in death
      ? command({ ...env, DIE_AT: death.call, DIE_NTH: String(death.nth ?? 1), DIE_WHEN: death.when })
      : killInSync(operator, death, calls, () => command(env));
  const { code, stderr } = await dying;
  expect({ code, stderr }).toMatchObject({ code: KILLED });
  const gone = async (): Promise<void> => expect(await Promise.resolve(alive(calls))).toEqual([]);
  return { gone: () => eventually(gone) };
}

/** What `run` says of a child that a signal has ended. */
export const KILLED = 128;

export interface Survivors {
  /** Waits until every omnictl that the dead command had called is gone. */
  gone(): Promise<void>;
}

async function killInSync(
  operator: Operator,
  death: Exclude<Death, { call: string }>,
  calls: string,
  command: () => Promise<RunResult>,
): Promise<RunResult> {
  const { omni } = operator;
  const before = (await omni.writes()).length;
  if ('writes' in death) await omni.fault({ hangAfterWrites: death.writes });
  const running = command();
  try {
    await eventually(async () => {
      expect(callers(calls, SYNC)).not.toEqual([]);
      if ('writes' in death) expect(await omni.writes()).toHaveLength(before + death.writes);
      else expect(await operator.members()).toContain(`${death.leaving} (leaving)`);
    });
  } finally {
    const [[script, omnictl] = []] = callers(calls, SYNC).slice(-1);
    if (script !== undefined) process.kill(script, 'SIGKILL');
    if (omnictl !== undefined && death.alone !== true) process.kill(omnictl, 'SIGKILL');
  }
  const result = await running;
  await omni.fault({});
  return result;
}

const SYNC = 'cluster template sync -f';

/** Processes that have called omnictl so, and omnictl's own. */
const callers = (calls: string, args: string): [script: number, omnictl: number][] =>
  (readIfThere(calls) ?? '')
    .split('\n')
    .filter((line) => line.includes(args))
    .map((line) => line.split(' ').map(Number) as [number, number]);

const alive = (calls: string): number[] =>
  callers(calls, ' ').flatMap(([, omnictl]) => {
    try {
      process.kill(omnictl, 0);
      return [omnictl];
    } catch {
      return [];
    }
  });

/** Environment in which a child dies at its nth change of a file. */
export const dyingAtChange = (nth: number): Environment => ({
  NODE_OPTIONS: `--require=${join(PROJECT_ROOT, '__tests__/testing/die.cjs')}`,
  DIE_AT_CHANGE: String(nth),
});

/** All files below a folder, hidden ones too, by their paths. */
export const filesBelow = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

const TYPES = [
  ...[
    'Clusters',
    'MachineSets',
    'MachineSetNodes',
    'ConfigPatches',
    'ExtensionsConfigurations',
    'KernelArgs',
  ],
  ...['MachineStatuses', 'ClusterMachineStatuses'],
];

/** All that Omni has of clusters and machines, but for how often it was written. */
export const omniState = ({ omni }: Operator): Promise<unknown[]> =>
  Promise.all(
    TYPES.map(async (type) => (await omni.resources(type)).map((resource) => ({ ...resource, version: 0 }))),
  );

import { join } from 'node:path';
import { run, type RunOptions, type RunResult } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';

/** Program and arguments by which npm starts our command line; good in any folder. */
export const CLI = [
  process.execPath,
  '-r',
  join(PROJECT_ROOT, 'tools/register.cjs'),
  join(PROJECT_ROOT, 'scripts/cli.ts'),
] as const;

/** Runs one of our commands as a child, at the root of the project unless a test says where. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [node, ...cli] = CLI;
  return run(node, [...cli, ...args], { cwd: PROJECT_ROOT, ...options });
}

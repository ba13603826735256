import type { RunOptions, RunResult } from '../../scripts/lib/platform/exec';
import { Operator } from './operator';

/** An operator who waits three seconds at most, where most things that could be waited for never come. */
export class HastyOperator extends Operator {
  override apply = (args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> =>
    this.cli('apply', ['--inventory', 'inventory.json', '--wait', '3s', '--timeout', '3s', ...args], options);
}

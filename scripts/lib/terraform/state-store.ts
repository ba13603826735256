import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInStackFolder } from '../../../model/cluster/backends/state-address';
import type { Backend } from '../../../model/cluster/cluster';
import { readState, type StateFile } from '../../../model/terraform/state-file';
import type { RunResult } from '../platform/exec';
import { explainTerraform } from './explain-terraform';
import { toolText } from './tool-messages';
import { temporaryFolder, type TemporaryFolder } from '../platform/temporary';
import { runTerraform, terraformMissing } from './terraform';

/** A problem of a state, told with the stack that it is of. */
export class StateError extends Error {}

/**
 * A state behind its backend, read and written by Terraform itself, with its locks and its check of serials. It works in
 * a folder beside the stacks, where the relative path of a local state means the same, without any provider.
 */
export class StateStore {
  private constructor(
    readonly stack: string,
    private readonly folder: TemporaryFolder,
    private readonly signal: AbortSignal,
  ) {}

  private get dir(): string {
    return this.folder.path;
  }

  /**
   * @param stacks folder of all stacks
   * @throws StateError if the backend cannot be reached
   */
  static async open(
    { stack, backend }: { readonly stack: string; readonly backend: Backend },
    stacks: string,
    signal: AbortSignal,
  ): Promise<StateStore> {
    const store = new StateStore(stack, temporaryFolder('state', stacks), signal);
    const { type } = backend;
    const config = fromBeside(backend, stack);
    const terraform = type === 'cloud' ? { cloud: config } : { backend: { [type]: config } };
    writeFileSync(join(store.dir, 'backend.tf.json'), JSON.stringify({ terraform }));
    await store.must('init', '-input=false', '-no-color', '-reconfigure');
    return store;
  }

  /** @throws StateError if it cannot be read */
  async pull(): Promise<StateFile | undefined> {
    const read = readState(await this.must('state', 'pull'));
    if ('problem' in read) throw new StateError(`${this.stack}: what Terraform pulled ${read.problem}`);
    return read.state;
  }

  /** @throws StateError if somebody else has changed it, or holds the lock */
  async push(state: StateFile): Promise<void> {
    const file = join(this.dir, 'state.json');
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    await this.must('state', 'push', '-lock-timeout=30s', 'state.json');
  }

  /** Leaves nothing behind: states hold secrets. */
  close(): void {
    this.folder.remove();
  }

  private async must(...args: readonly string[]): Promise<string> {
    // Of its own, whatever the environment says: all stacks would share what it is initialised for.
    const variables = { TF_DATA_DIR: '.terraform' };
    const result = await runTerraform({ dir: this.dir, variables, signal: this.signal }, args);
    if (result.code !== 0)
      throw new StateError(`${this.stack}: terraform ${args[0]}: ${reason(result, this.stack, this.dir)}`);
    return result.stdout;
  }
}

const reason = ({ missing, stderr, stdout }: RunResult, cluster: string, dir: string): string =>
  missing
    ? terraformMissing('it there')
    : explainTerraform([toolText(stderr || stdout)], { cluster, dir }).join('; ');

/** A local state in the folder of the stack, seen from a folder beside it. */
function fromBeside(backend: Backend, stack: string): Backend['config'] {
  const { path = 'terraform.tfstate' } = backend.config as { path?: string };
  return isInStackFolder(backend) ? { ...backend.config, path: `../${stack}/${path}` } : backend.config;
}

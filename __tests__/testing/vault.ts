import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { temporaryFolder } from './terraform';

const tools = process.env['ACCEPTANCE_TOOLS'];

/** A key and files encrypted for it; what is encrypted never is on disk. */
export class Vault {
  readonly dir = temporaryFolder();
  readonly env = {
    PATH: `${tools ?? ''}:${process.env['PATH'] ?? ''}`,
    SOPS_AGE_KEY_FILE: join(this.dir, 'keys.txt'),
    HOME: this.dir,
  };
  private recipient = '';

  async createKey(): Promise<void> {
    const { stderr } = await this.must('age-keygen', ['-o', this.env.SOPS_AGE_KEY_FILE]);
    this.recipient = /age1\w+/.exec(stderr)?.[0] ?? '';
  }

  /** Writes `.sops.yaml`, as a team has it. */
  addRules(folder: string): void {
    const rules = `creation_rules:\n  - path_regex: \\.sops\\.(yaml|env)$\n    age: ${this.recipient}\n`;
    writeFileSync(join(folder, '.sops.yaml'), rules);
  }

  async encrypt(name: string, text: string): Promise<string> {
    const file = join(this.dir, name);
    const args = ['encrypt', '--age', this.recipient, '--filename-override', file, '--output', file];
    await this.must('sops', args, text);
    return file;
  }

  /** Runs a program with the key, which must go well. */
  async must(command: string, args: readonly string[], input?: string): Promise<RunResult> {
    const result = await run(command, args, { env: this.env, ...(input === undefined ? {} : { input }) });
    if (result.code !== 0) throw new Error(`${command}: ${result.stderr}`);
    return result;
  }
}

import { runAttached } from '../lib/platform/exec';
import type { Io } from '../../model/diagnostics/io';
import { readSecrets } from '../lib/project/secrets-file';

export interface WithSecretsOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The encrypted file; default: `secrets.sops.yaml`, else `secrets.sops.env`. */
  readonly file?: string;
}

/** Runs a command with decrypted secrets in its environment. @returns its exit code */
export async function runWithSecrets({ command, file }: WithSecretsOptions, io: Io): Promise<number> {
  const secrets = await readSecrets(file);
  if ('problems' in secrets) {
    for (const problem of secrets.problems) io.err(`error: ${problem}\n`);
    return 1;
  }
  // The environment wins over a file, as everywhere.
  const isSet = (name: string): boolean => process.env[name] !== undefined;
  const kept = Object.keys(secrets.variables).filter(isSet);
  if (kept.length > 0) io.err(`kept from the environment: ${kept.join(', ')}\n`);
  const added = Object.entries(secrets.variables).filter(([name]) => !isSet(name));

  const [program = '', ...args] = command;
  const code = await runAttached(program, args, Object.fromEntries(added));
  if (code === undefined) io.err(`error: ${program}: no such command\n`);
  return code ?? 127;
}

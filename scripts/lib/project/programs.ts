import { run } from '../platform/exec';
import pins from './pins.json';

/** A program that our commands call. */
export interface Program {
  readonly name: string;
  /** Arguments that make it say its version. */
  readonly asks: readonly string[];
  /** Variable that names another one. */
  readonly variable?: string;
}

/** The programs that commands call, or that people need beside them. */
export const PROGRAMS = {
  terraform: { name: 'terraform', asks: ['version'], variable: 'TERRAFORM_BINARY_NAME' },
  tofu: { name: 'tofu', asks: ['version'] },
  omnictl: { name: 'omnictl', asks: ['--version'], variable: 'OMNICTL' },
  talosctl: { name: 'talosctl', asks: ['version', '--client', '--short'], variable: 'TALOSCTL' },
  kubectl: { name: 'kubectl', asks: ['version', '--client'] },
  sops: { name: 'sops', asks: ['--version', '--disable-version-check'] },
  age: { name: 'age-keygen', asks: ['--version'] },
  helm: { name: 'helm', asks: ['version', '--short'] },
} as const satisfies Readonly<Record<string, Program>>;

export type ProgramName = keyof typeof PROGRAMS;

/** A program of this machine; `version` is absent where it does not say one. */
export interface Found {
  /** How it is called: its name, or what its variable says. */
  readonly command: string;
  readonly version?: string;
}

/** Versions of what this project pins: providers, and programs that are built from their Go modules. */
export const PINS: {
  readonly providers: Readonly<Record<string, string>>;
  readonly programs: Readonly<Record<string, string>>;
} = pins;

/** Long enough for a program that starts on a busy machine. */
const VERSION_MS = 15_000;

/** Asks a program for its version; `undefined` where it is not on the PATH. */
export async function findProgram(name: ProgramName): Promise<Found | undefined> {
  const { name: usual, asks, variable }: Program = PROGRAMS[name];
  const command = (variable && process.env[variable]) || usual;
  // No calls home, and no warning that its configuration is not there.
  const env = { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: undefined };
  const { missing, stdout } = await run(command, asks, { env, timeout: VERSION_MS });
  if (missing) return undefined;
  const version = /\bv?(\d+\.\d+\.\d+[\w.+-]*)/.exec(stdout)?.[1];
  return version === undefined ? { command } : { command, version };
}

import { talosMinor } from '../../../model/talos/talos-forms';
import { run } from '../platform/exec';
import { explainTalosctl, type TalosProblem } from './problems';

export interface TalosctlOptions {
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds for one call. Default: half a minute. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Standard output, and what was said beside it; or what went wrong in words for a person. */
type TalosAnswer = { readonly text: string; readonly said: string } | { readonly problem: TalosProblem };

export interface CallOptions {
  /** Milliseconds, where the usual limit does not fit. */
  readonly timeoutMs?: number;
  /** What the program reads from `/dev/stdin`. Secrets go this way, and never into arguments. */
  readonly input?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Calls talosctl, from `TALOSCTL` or the PATH. */
export interface Talosctl {
  call(args: readonly string[], options?: CallOptions): Promise<TalosAnswer>;
}

/** More than the answer of any node. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A pipe of a shell: Node gives its children sockets, which `/dev/stdin` cannot open. */
const PIPED = ['-c', 'cat | "$@"', 'sh'] as const;

/** A talosctl that knows no configuration of its user: what it may do it is given for each call. */
export function createTalosctl(options: TalosctlOptions = {}): Talosctl {
  const { env = process.env, timeoutMs = 30_000, signal } = options;
  const program = env['TALOSCTL'] || 'talosctl';
  return {
    async call(args, { timeoutMs: ownLimit, input, env: own } = {}) {
      const [command, all] = input === undefined ? [program, args] : ['sh', [...PIPED, program, ...args]];
      const result = await run(command, all, {
        env: { ...env, TALOSCONFIG: NO_CONFIG, ...own },
        timeout: ownLimit ?? timeoutMs,
        maxBytes: MAX_BYTES,
        ...(input === undefined ? {} : { input }),
        ...(signal ? { signal } : {}),
      });
      if (result.code === 0) return { text: result.stdout, said: result.stderr };
      // The shell says it in its own way.
      const missing = result.missing || (result.code === 127 && input !== undefined);
      return { problem: explainTalosctl({ ...result, missing }, program) };
    },
  };
}

/** Whoever has a talosconfig of another cluster must not reach that by accident. */
const NO_CONFIG = '/dev/null';

/**
 * Finds out whether this talosctl can make configurations for a version of Talos: one that is older does not know its documents.
 *
 * @returns its version
 */
export async function checkVersion(
  talosctl: Talosctl,
  talosVersion: string,
): Promise<{ readonly version: string } | { readonly problem: TalosProblem }> {
  const answer = await talosctl.call(['version', '--client', '--short']);
  if ('problem' in answer) return answer;
  const version = /v\d+\.\d+\.\d+\S*/.exec(answer.text)?.[0];
  const refused = (message: string) => ({
    problem: { rule: 'talos-version', message, transient: false } as const,
  });
  if (version === undefined)
    return refused('talosctl does not say its version; is it the real one? Look with talosctl version');
  if (talosMinor(version) < talosMinor(talosVersion))
    return refused(
      `talosctl is ${version}, and older than Talos ${talosVersion} of the cluster; install talosctl ${talosVersion}, or name it in TALOSCTL`,
    );
  return { version };
}

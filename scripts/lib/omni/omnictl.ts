import { run, type RunResult } from '../platform/exec';
import { explainOmnictl, type OmniProblem } from './problems';

export interface OmnictlOptions {
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds for one call. Default: one minute. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told of what omnictl warns about, each text once. */
  readonly onWarning?: (text: string) => void;
}

type OmniAnswer = { readonly text: string } | { readonly problem: OmniProblem };

interface CallOptions {
  /** Milliseconds, where the usual limit does not fit. */
  readonly timeoutMs?: number;
  /** Gets standard output as it comes, also of a call that fails. */
  readonly onOutput?: (text: string) => void;
  /** Ends this call, besides the signal that ends all. */
  readonly signal?: AbortSignal;
}

/** Calls omnictl, from `OMNICTL` or the PATH. */
export interface Omnictl {
  /** Standard output of a call that ended well, or what went wrong in words for a person. */
  call(args: readonly string[], options?: CallOptions): Promise<OmniAnswer>;
}

/** An omnictl that tells each of its warnings once, however often it is called. */
export function createOmnictl(options: OmnictlOptions = {}): Omnictl {
  const { env = process.env, timeoutMs = 60_000, signal, onWarning } = options;
  const told = new Set<string>();
  const warn = (text: string): void => {
    if (told.has(text)) return;
    told.add(text);
    onWarning?.(text);
  };
  return {
    async call(args, { timeoutMs: ownLimit, onOutput, signal: ownSignal } = {}) {
      const credentials = chooseKey(env, warn);
      const signals = [signal, ownSignal].flatMap((one) => one ?? []);
      const result = await run(env['OMNICTL'] || 'omnictl', args, {
        env: { ...env, ...credentials },
        timeout: ownLimit ?? timeoutMs,
        ...(onOutput ? { onOutput: (text, stream) => stream === 'stdout' && onOutput(text) } : {}),
        ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      });
      if (result.code !== 0) return { problem: explainOmnictl(result, env) };
      for (const warning of warnings(result)) warn(warning);
      return { text: result.stdout };
    },
  };
}

/** The older variable wins in omnictl even if it is empty, which nobody expects who has set the newer one. */
function chooseKey(env: NodeJS.ProcessEnv, warn: (text: string) => void): Record<string, undefined> {
  const older = env['SIDERO_SERVICE_ACCOUNT_KEY'];
  const newer = env['OMNI_SERVICE_ACCOUNT_KEY'];
  if (older === undefined || (older !== '' && !newer)) return {};
  if (older !== '') {
    warn('SIDERO_SERVICE_ACCOUNT_KEY is set too and is left out: OMNI_SERVICE_ACCOUNT_KEY is used');
  }
  return { SIDERO_SERVICE_ACCOUNT_KEY: undefined };
}

const warnings = ({ stderr }: RunResult): string[] =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('[WARN]'))
    .map((line) => line.replace('[WARN] ', ''));

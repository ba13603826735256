import { sync, type SyncOptions } from '../../../../scripts/commands/apply/sync';
import type { Omnictl } from '../../../../scripts/lib/omni/omnictl';
import type { OmniProblem } from '../../../../scripts/lib/omni/problems';

type Answer = Awaited<ReturnType<Omnictl['call']>>;

const failed = (rule: OmniProblem['rule']): Answer => ({ problem: { rule, message: rule, transient: true } });

/** Time that passes only while somebody sleeps, and lets everybody else run. */
function options(): SyncOptions & { readonly retries: string[] } {
  let now = 0;
  const retries: string[] = [];
  return {
    retries,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    onLine: () => undefined,
    onRetry: ({ rule }) => retries.push(rule),
    clock: {
      now: () => now,
      sleep: (milliseconds) => {
        now += milliseconds;
        return new Promise((resolve) => setImmediate(resolve));
      },
    },
  };
}

/** An omnictl whose syncs print lines and end as a test says; `hang` ends when it is interrupted. */
function omnictlWith(
  syncs: readonly { lines: string; end: Answer | 'hang' }[],
  dryRuns: readonly string[],
): Omnictl {
  const [next, dry] = [[...syncs], [...dryRuns]];
  return {
    call: (args, { onOutput, signal } = {}) => {
      if (args.includes('diff')) return Promise.resolve({ text: '' });
      if (args.includes('--dry-run')) return Promise.resolve({ text: dry.shift() ?? '' });
      const { lines, end } = next.shift() ?? { lines: '', end: { text: '' } };
      onOutput?.(lines);
      if (end !== 'hang') return Promise.resolve(end);
      return new Promise((resolve) =>
        signal?.addEventListener('abort', () => resolve(failed('omni-failed')), { once: true }),
      );
    },
  };
}

const LEAVES =
  '* tearing down MachineSetNodes.omni.sidero.dev(a)\n* tearing down ConfigPatches.omni.sidero.dev(p)\n';

describe('sync', () => {
  it('ends omnictl when all is removed, though it waits for what Omni has deleted itself', async () => {
    const omnictl = omnictlWith([{ lines: LEAVES, end: 'hang' }], [LEAVES, '']);
    const { done, problem } = await sync(omnictl, 'file', options());
    expect(problem).toBeUndefined();
    expect(done.map(({ type }) => type)).toEqual(['MachineSetNodes', 'ConfigPatches']);
  });

  it('tries again when Omni was removing the same at that moment', async () => {
    const given = options();
    const omnictl = omnictlWith(
      [
        { lines: LEAVES, end: failed('omni-removing') },
        { lines: '', end: { text: '' } },
      ],
      [],
    );
    expect((await sync(omnictl, 'file', given)).problem).toBeUndefined();
    expect(given.retries).toEqual(['omni-removing']);
  });

  it('does not take an empty dry run for the end before anything is removed', async () => {
    const lines = '* creating Clusters.omni.sidero.dev(home)\n';
    const omnictl = omnictlWith([{ lines, end: failed('omni-timeout') }], ['']);
    const { problem, begun } = await sync(omnictl, 'file', options());
    expect(problem?.rule).toBe('omni-timeout');
    expect(begun?.id).toBe('home');
  });
});

import { chooseCluster } from '../../scripts/lib/project/choose-cluster';
import { runDiscover } from '../../scripts/commands/discover/discover';
import { runGenerate } from '../../scripts/commands/generate/generate';
import { carryOut, untilHealthy } from '../../scripts/commands/apply/carry-out';
import { examine } from '../../scripts/commands/apply/examine';
import type { Clock } from '../../scripts/lib/platform/clock';
import type { RunResult } from '../../scripts/lib/platform/exec';
import type { Io } from '../../model/diagnostics/io';
import type { Omni } from '../../simulators/omni';
import { hasErrors } from '../../model/diagnostics/diagnostics';
import { Operator } from './operator';
import { InMemoryOmni } from './in-memory-omni';

/** An operator whose Omni is in memory, and whose commands run in this process: for many runs. */
export class InMemoryOperator extends Operator {
  static async inMemory(text: string): Promise<InMemoryOperator> {
    const operator = new InMemoryOperator(new InMemoryOmni() as unknown as Omni, 'home', text);
    await operator.edit(() => undefined);
    await operator.join();
    return operator;
  }

  override async cli(command: string, args: readonly string[] = []): Promise<RunResult> {
    let stderr = '';
    const io: Io = { out: () => undefined, err: (text) => void (stderr += text) };
    const start = process.cwd();
    process.chdir(this.folder);
    try {
      const code = await this.inProcess(command, args, io);
      return { code, stdout: '', stderr, missing: false, timedOut: false };
    } finally {
      process.chdir(start);
    }
  }

  private inProcess(command: string, args: readonly string[], io: Io): Promise<number> {
    const { cluster } = this;
    const omnictl = this.omni as unknown as InMemoryOmni;
    if (command === 'generate')
      return runGenerate(
        {
          cluster,
          definitions: 'clusters',
          output: 'machine-configs',
          fromDefinition: args.includes('--from-definition'),
        },
        io,
      );
    if (command === 'apply') return this.applyInProcess(args, io, omnictl);
    const allowPartial = args.includes('--allow-partial');
    const options = { cluster, definitions: 'clusters', inventory: 'inventory.json', allowPartial };
    return runDiscover(options, io, { omnictl, clock: fastClock() });
  }

  /** As `npm run apply`, from what it is made of. */
  private async applyInProcess(args: readonly string[], io: Io, omnictl: InMemoryOmni): Promise<number> {
    const name = this.cluster;
    const chosen = await chooseCluster('clusters', name);
    if ('problems' in chosen) return 1;
    const folder = `machine-configs/${name}`;
    const file = `${folder}/cluster-template.yaml`;
    const remove = args.flatMap((arg, i) => (args[i - 1] === '--remove' ? [arg] : []));
    const signal = new AbortController().signal;
    const { examined, diagnostics } = await examine(chosen, omnictl, file, {
      source: { cluster: name, inventory: 'inventory.json' },
      folder,
      named: { remove, gone: [], removePatches: [] },
    });
    for (const { rule, path } of diagnostics) io.err(`${rule} ${path}\n`);
    if (!examined || hasErrors(diagnostics)) return 1;
    if (!args.includes('--auto-approve')) return 1;
    const around = { name, file, omnictl, io, signal, clock: fastClock(), timeoutMs: 1, waitMs: 1 };
    const done =
      examined.lines.length === 0
        ? untilHealthy(around, examined.prepared.wanted)
        : carryOut(around, examined);
    return (await done) ? 0 : 1;
  }
}

/** Sleeping takes no time. */
function fastClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
  };
}

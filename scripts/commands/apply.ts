import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fileProblem,
  formatDiagnostic,
  hasErrors,
  type Diagnostic,
} from '../../model/definition/diagnostics';
import type { CheckedCluster } from '../../model/definition/load';
import { applyProblems, patchProblems, type Checked, type Named } from '../../model/omni/apply-checks';
import { changeWords } from '../../model/omni/change-words';
import { compareMembers } from '../../model/omni/membership';
import type { SyncLine } from '../../model/omni/sync-lines';
import { count, list } from '../../model/text';
import { waitHealthy } from '../lib/apply/health';
import { prepare, type Prepared } from '../lib/apply/prepare';
import { syncSteps, type Step } from '../lib/apply/steps';
import { dryRun, sync, type Synced } from '../lib/apply/sync';
import { chooseCluster } from '../lib/choose-cluster';
import { systemClock, type Clock } from '../lib/clock';
import { confirm } from '../lib/confirm';
import { formatDuration, parseDuration } from '../lib/duration';
import { TEMPLATE_FILE } from '../lib/generate/files';
import { INTERRUPTED } from '../lib/interrupt';
import { fail, type Io } from '../lib/io';
import { stableJson } from '../lib/json';
import { askLiveCluster } from '../lib/omni/live-cluster';
import { createOmnictl, type Omnictl } from '../lib/omni/omnictl';
import type { OmniProblem } from '../lib/omni/problems';

export interface ApplyOptions extends Named {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** Folder with a folder of generated files for the cluster. */
  readonly machineConfigs: string;
  /** A file with the inventory, or `-`. Default: the Terraform output of the stack. */
  readonly inventory?: string;
  /** Stop before anything is changed. */
  readonly dryRun?: boolean;
  /** With `dryRun`: exit with 2 if there are differences. */
  readonly detailedExitcode?: boolean;
  /** Do not ask. */
  readonly autoApprove?: boolean;
  /** Limit for each sync: `10m`. */
  readonly timeout: string;
  /** How long to wait until the cluster is healthy: `15m`. */
  readonly wait: string;
  /** Print the result in JSON on standard output, without the differences that omnictl shows. */
  readonly json?: boolean;
}

type Status = 'unchanged' | 'differs' | 'applied' | 'refused' | 'failed';

const EXIT: Readonly<Record<Status, number>> = {
  unchanged: 0,
  differs: 0,
  applied: 0,
  refused: 1,
  failed: 1,
};

interface Outcome {
  readonly status: Status;
  readonly changes?: readonly string[];
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * Brings a cluster in Omni to what its template says, without removing a machine that nobody named.
 *
 * @returns 0 as the template says and healthy; 1 refused or failed; 2 there are differences (`detailedExitcode`)
 */
export async function runApply(options: ApplyOptions, io: Io, signal: AbortSignal): Promise<number> {
  const timeoutMs = parseDuration(options.timeout);
  const waitMs = parseDuration(options.wait);
  if (timeoutMs === undefined || waitMs === undefined)
    return fail(['error: write --timeout and --wait as 90s, 10m or 1h30m'], io);
  if (options.detailedExitcode && !options.dryRun)
    return fail(['error: --detailed-exitcode says something with --dry-run only'], io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);

  const outcome = await new Apply(chosen, { ...options, timeoutMs, waitMs }, io, signal).run();
  if (options.json) io.out(stableJson(report(chosen.cluster.name, outcome)));
  if (signal.aborted) {
    io.err('interrupted; run the same command again to go on\n');
    return INTERRUPTED;
  }
  return outcome.status === 'differs' && options.detailedExitcode ? 2 : EXIT[outcome.status];
}

const report = (cluster: string, { status, changes = [], diagnostics = [] }: Outcome): unknown => ({
  format_version: 1,
  cluster,
  status,
  changes,
  diagnostics,
});

interface Settings extends ApplyOptions {
  readonly timeoutMs: number;
  readonly waitMs: number;
}

/** One run. */
class Apply {
  private readonly omnictl: Omnictl;
  private readonly clock: Clock = systemClock;
  private readonly name: string;
  private readonly file: string;

  constructor(
    private readonly checked: CheckedCluster,
    private readonly settings: Settings,
    private readonly io: Io,
    private readonly signal: AbortSignal,
  ) {
    this.name = checked.cluster.name;
    this.file = join(settings.machineConfigs, this.name, TEMPLATE_FILE);
    this.omnictl = createOmnictl({
      signal,
      onWarning: (text) => io.err(`warning: omnictl: ${text}\n`),
    });
  }

  async run(): Promise<Outcome> {
    const { inventory, machineConfigs } = this.settings;
    const prepared = await prepare(this.checked, this.omnictl, {
      source: { cluster: this.name, signal: this.signal, ...(inventory === undefined ? {} : { inventory }) },
      folder: join(machineConfigs, this.name),
    });
    if (!('wanted' in prepared)) return this.refused(prepared.diagnostics);
    const asked = await askLiveCluster(this.omnictl, this.name);
    if ('problem' in asked) return this.refused([this.problemOf(asked.problem)]);

    const { wanted, machines } = prepared;
    const { live } = asked;
    const membership = compareMembers(wanted, live, machines);
    const checked: Checked = { wanted, live, membership, named: this.settings };
    const known = [...prepared.diagnostics, ...applyProblems(checked)];
    if (hasErrors(known)) return this.refused(known);

    const planned = await dryRun(this.omnictl, this.file);
    if ('problem' in planned) return this.refused([...known, this.problemOf(planned.problem)]);
    const diagnostics = [...known, ...patchProblems(planned.lines, checked)];
    const changes = changeWords({ wanted, live, membership, lines: planned.lines });
    if (!this.settings.json) this.show(planned.diff, changes);
    if (hasErrors(diagnostics)) return { ...this.refused(diagnostics), changes };
    this.tell(diagnostics);
    return { ...(await this.change(prepared, checked, planned.lines)), changes, diagnostics };
  }

  /** The part that may write. */
  private async change(prepared: Prepared, checked: Checked, lines: readonly SyncLine[]): Promise<Outcome> {
    const { live, membership } = checked;
    const { dryRun: stopHere, autoApprove } = this.settings;
    const isSynced = lines.length === 0;
    if (isSynced) this.io.err(`${this.name}: unchanged\n`);
    if (stopHere) return { status: isSynced ? 'unchanged' : 'differs' };
    if (isSynced)
      return { status: (await this.healthy(this.file, prepared.wanted)) ? 'unchanged' : 'failed' };
    const isConfirmed =
      autoApprove ||
      (await confirm(`Change cluster ${this.name} as above?`, '--auto-approve', this.io, this.signal));
    if (!isConfirmed) {
      this.io.err('nothing changed\n');
      return { status: 'refused' };
    }
    const cut = await syncSteps(this.omnictl, prepared, live);
    if ('problem' in cut) return this.refused([this.problemOf(cut.problem)]);
    const shown = new Set(membership.leaves.map(({ id }) => id));
    for (const step of cut.steps) {
      const unseen = await this.unseen(step, shown);
      if (unseen.length > 0) return this.refused(unseen);
      if (!(await this.take(step))) return { status: 'failed' };
    }
    this.io.err(`${this.name}: applied; ${count(prepared.wanted.members.length, 'machine')} ready\n`);
    return { status: 'applied' };
  }

  /** Machines that a sync would remove and that nobody has seen: somebody may have added them while a person read and thought. */
  private async unseen({ wanted }: Step, shown: ReadonlySet<string>): Promise<Diagnostic[]> {
    const asked = await askLiveCluster(this.omnictl, this.name);
    if ('problem' in asked) return [this.problemOf(asked.problem)];
    const kept = new Set(wanted.members.map(({ id }) => id));
    return asked.live.members
      .filter(({ id }) => !kept.has(id) && !shown.has(id))
      .map(({ id, name, set }) => ({
        ...fileProblem(
          this.name,
          `has joined ${set} since the changes were shown; run apply again`,
          'live-omni-removal',
        ),
        path: name || id,
      }));
  }

  private async take({ title, template, wanted }: Step): Promise<boolean> {
    if (title !== '') this.io.err(`${title}\n`);
    if (template === undefined) return this.syncAndWait(this.file, wanted);
    const folder = mkdtempSync(join(tmpdir(), 'cluster-template-'));
    try {
      const file = join(folder, TEMPLATE_FILE);
      writeFileSync(file, template);
      return await this.syncAndWait(file, wanted);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async syncAndWait(file: string, wanted: Prepared['wanted']): Promise<boolean> {
    const { timeoutMs } = this.settings;
    const { clock, signal } = this;
    const synced = await sync(this.omnictl, file, {
      ...{ timeoutMs, clock, signal },
      onLine: ({ verb, type, id }) => this.io.err(`${verb} ${type}(${id})\n`),
      onRetry: ({ message }) => this.io.err(`${message}; trying again\n`),
    });
    if (synced.problem) {
      await this.tellHalfDone(synced, synced.problem);
      return false;
    }
    return this.healthy(file, wanted);
  }

  private async healthy(file: string, wanted: Prepared['wanted']): Promise<boolean> {
    const { waitMs } = this.settings;
    const { clock, signal } = this;
    const missing = await waitHealthy(this.omnictl, {
      ...{ file, wanted, waitMs, clock, signal },
      onOutput: (text) => this.io.err(text),
    });
    for (const what of missing) this.io.err(`error: ${this.name}: ${what}\n`);
    if (missing.length > 0 && !signal.aborted)
      this.io.err(
        `the template is synced; Omni goes on by itself. Look with npm run status -- ${this.name}, and run the same command again to wait on\n`,
      );
    return missing.length === 0 && !signal.aborted;
  }

  /** A sync is not atomic: what it did stays. */
  private async tellHalfDone({ done, begun }: Synced, problem: OmniProblem): Promise<void> {
    const { io, name, signal } = this;
    const { timeoutMs } = this.settings;
    if (problem.rule === 'omni-timeout')
      io.err(`error: ${name}: the sync did not end within ${formatDuration(timeoutMs)}\n`);
    else io.err(`${formatDiagnostic(this.problemOf(problem))}\n`);
    const text = ({ verb, type, id }: SyncLine): string => `${verb} ${type}(${id})`;
    io.err(done.length === 0 ? 'nothing was changed\n' : `done before: ${list(done.map(text))}\n`);
    if (begun && problem.rule !== 'omni-role') io.err(`not certain: ${text(begun)}\n`);
    if (signal.aborted) return;
    const asked = await askLiveCluster(this.omnictl, name);
    const leaving = 'live' in asked ? asked.live.members.filter((member) => member.leaving) : [];
    for (const { name: node, id } of leaving)
      io.err(
        `${node || id} is still being removed: Omni waits until it has reset the machine ${id}; start its VM, or if it is gone for good, remove the machine in Omni's web interface\n`,
      );
    io.err('run the same command again when the cause is repaired: it goes on from there\n');
  }

  private problemOf({ rule, message }: OmniProblem): Diagnostic {
    const needs = rule === 'omni-role' ? '; to sync it needs role Operator' : '';
    return fileProblem(this.name, message + needs, rule);
  }

  /** The differences of omnictl are long: what they come to is last, above the question. */
  private show(diff: string, changes: readonly string[]): void {
    if (diff.trim() !== '') this.io.out(`${diff.trimEnd()}\n\n`);
    for (const change of changes) this.io.out(`- ${change}\n`);
  }

  private tell(diagnostics: readonly Diagnostic[]): void {
    for (const problem of diagnostics) this.io.err(`${formatDiagnostic(problem)}\n`);
  }

  private refused(diagnostics: readonly Diagnostic[]): Outcome {
    this.tell(diagnostics);
    this.io.err('nothing changed\n');
    return { status: 'refused', diagnostics };
  }
}

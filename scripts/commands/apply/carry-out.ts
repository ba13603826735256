import { fileProblem, formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import type { LeavingMember, WantedCluster } from '../../../model/omni/membership';
import type { SyncLine } from '../../../model/omni/sync-lines';
import { list } from '../../../model/support/text';
import type { Clock } from '../../lib/platform/clock';
import { formatDuration } from '../../lib/platform/duration';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { askMembers } from '../../lib/omni/live-cluster';
import type { Omnictl } from '../../lib/omni/omnictl';
import type { OmniProblem } from '../../lib/omni/problems';
import { omniDiagnostic, type Examined } from './examine';
import { waitHealthy } from './health';
import { withTemplate } from './kept-locks';
import { syncSteps, type Step } from './steps';
import { sync, type Synced } from './sync';

/** What the steps of a sync share. */
export interface SyncContext {
  /** Name of the cluster. */
  readonly name: string;
  /** The generated template. */
  readonly file: string;
  readonly omnictl: Omnictl;
  /** Limit for each sync. */
  readonly timeoutMs: number;
  /** How long to wait until the cluster is healthy. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly io: Io;
  /** Only what it comes to: members, and how many are healthy. */
  readonly brief?: boolean;
}

/** With the names of machines by id, for the lines of a sync. */
type WithNames = SyncContext & { readonly names: ReadonlyMap<string, string> };

/** Syncs what a person has seen, step by step, and waits after each. @returns whether all is as the template says, and healthy */
export async function carryOut(around: SyncContext, { prepared, checked, gone }: Examined): Promise<boolean> {
  const { name, omnictl, io } = around;
  const cut = await syncSteps(omnictl, prepared, checked.live);
  if ('problem' in cut) return nothingChanged([formatDiagnostic(omniDiagnostic(name, cut.problem))], io);
  const { leaves } = checked.membership;
  const shown = new Set(leaves.map(({ id }) => id));
  const names = new Map([
    ...prepared.wanted.members.map(({ id, name: node }): [string, string] => [id, node]),
    ...leaves.map(({ id, title }): [string, string] => [id, title]),
  ]);
  const forgotten = await forget(around, gone);
  if (!forgotten) return false;
  for (const step of cut.steps) {
    const unseen = await unseenRemovals(around, step, shown);
    if (unseen.length > 0) return nothingChanged(unseen, io);
    if (!(await take({ ...around, names }, step))) return false;
  }
  return true;
}

/** How long Omni may take to let go of a machine. It may first wait for the cluster to do so, which the sync has still to say. */
const FORGET_MS = 10_000;

/** Takes machines that no longer exist out of Omni, which would otherwise wait for them to be reset. */
async function forget(
  { name, omnictl, io }: SyncContext,
  machines: readonly LeavingMember[],
): Promise<boolean> {
  for (const { id, title } of machines) {
    io.err(`removing machine ${id} of ${title} from Omni: it no longer exists\n`);
    const answer = await omnictl.call(['delete', 'link', id], { timeoutMs: FORGET_MS });
    const rule = 'problem' in answer ? answer.problem.rule : '';
    if ('problem' in answer && rule !== 'omni-timeout' && !/not ?found/i.test(answer.problem.message))
      return nothingChanged([formatDiagnostic(omniDiagnostic(name, answer.problem))], io);
  }
  return true;
}

function nothingChanged(problems: readonly string[], io: Io): false {
  fail([...problems, 'nothing changed'], io);
  return false;
}

/** Machines that a sync would remove and that nobody has seen: somebody may have added them while a person read and thought. */
async function unseenRemovals(
  { omnictl, name: cluster }: SyncContext,
  { wanted }: Step,
  shown: ReadonlySet<string>,
): Promise<string[]> {
  const asked = await askMembers(omnictl, cluster);
  if ('problem' in asked) return [formatDiagnostic(omniDiagnostic(cluster, asked.problem))];
  const kept = new Set(wanted.members.map(({ id }) => id));
  return asked.members
    .filter(({ id, set }) => !kept.has(id) && !shown.has(id) && !wanted.classSets.has(set))
    .map(({ id, name, set }) => {
      const message = `has joined ${set} since the changes were shown; run npm run apply again`;
      return formatDiagnostic({ ...fileProblem(cluster, message, 'live-omni-removal'), path: name || id });
    });
}

async function take(around: WithNames, { title, template, wanted }: Step): Promise<boolean> {
  if (title !== '') around.io.err(`${title}\n`);
  return withTemplate(around.file, template, (file) => syncAndWait({ ...around, file }, wanted));
}

async function syncAndWait(around: WithNames, wanted: WantedCluster): Promise<boolean> {
  const { file, omnictl, timeoutMs, clock, signal, io, names, brief } = around;
  const synced = await sync(omnictl, file, {
    timeoutMs,
    clock,
    signal,
    onLine: (line) => {
      if (!brief || BRIEF_TYPES.has(line.type)) io.err(`${lineText(line, names, brief)}\n`);
    },
    onRetry: ({ message }) => io.err(`${message}; trying again\n`),
  });
  if (synced.problem === undefined) return untilHealthy(around, wanted);
  tellHalfDone(around, synced, synced.problem);
  return false;
}

/** Waits until the cluster is as the template says, and tells what is not so when the time is over. */
export async function untilHealthy(around: SyncContext, wanted: WantedCluster): Promise<boolean> {
  const { name, file, omnictl, waitMs, clock, signal, io, brief } = around;
  const missing = await waitHealthy(omnictl, {
    file,
    wanted,
    waitMs,
    clock,
    signal,
    onOutput: brief ? clusterLines((line) => io.err(`${line}\n`)) : (text) => io.err(text),
    onWaiting: (text) => io.err(`waiting: ${text}\n`),
  });
  if (signal.aborted) return false;
  for (const what of missing) io.err(`error: ${name}: ${what}\n`);
  if (missing.length > 0)
    io.err(
      `the template is synced; Omni goes on by itself. Look with npm run status -- ${name}, and run the same command again to keep waiting\n`,
    );
  return missing.length === 0;
}

/** A sync is not atomic: what it did stays. */
function tellHalfDone(around: WithNames, { done, begun }: Synced, problem: OmniProblem): void {
  const { name, timeoutMs, signal, io, names } = around;
  if (problem.rule === 'omni-timeout')
    io.err(`error: ${name}: the sync did not finish within ${formatDuration(timeoutMs)}\n`);
  else io.err(`${formatDiagnostic(omniDiagnostic(name, problem))}\n`);
  io.err(
    done.length === 0
      ? 'nothing was changed\n'
      : `done before: ${list(done.map((line) => lineText(line, names)))}\n`,
  );
  if (begun) io.err(`${CERTAIN.has(problem.rule) ? 'refused' : 'not certain'}: ${lineText(begun, names)}\n`);
  if (signal.aborted) return;
  io.err('run the same command again once the cause is fixed; it continues from there\n');
}

/** Problems with which Omni has said no: what it was asked for did not happen. */
const CERTAIN: ReadonlySet<OmniProblem['rule']> = new Set([
  'omni-refused',
  'omni-role',
  'omni-key',
  'omni-eula',
  'omni-catalogue',
  'omni-removing',
]);

/** Of a sync: which cluster, which sets, and who is in them. */
const BRIEF_TYPES: ReadonlySet<string> = new Set(['Clusters', 'MachineSets', 'MachineSetNodes']);

/** Tells the line of the cluster in each picture that omnictl draws, when it is another than before. */
function clusterLines(tell: (line: string) => void): (text: string) => void {
  let rest = '';
  let last = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.map((one) => one.trim()).filter((one) => one.startsWith('Cluster "'))) {
      if (line !== last) tell(line);
      last = line;
    }
  };
}

/** A line of a sync, with the name of the node whose machine it is about; in brief, without the id of that. */
function lineText({ verb, type, id }: SyncLine, names: ReadonlyMap<string, string>, brief = false): string {
  const name = names.get(MACHINE_ID.exec(id)?.[0] ?? '');
  if (brief && name) return `${verb} ${type} ${name}`;
  return `${verb} ${type}(${id})${name ? ` ${name}` : ''}`;
}

const MACHINE_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

import { join } from 'node:path';
import { hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { AssembledCluster } from '../../../model/assembly/read';
import type { Named } from '../../../model/omni/apply-checks';
import { elsewhere } from '../../../model/omni/elsewhere';
import { count, list } from '../../../model/support/text';
import { carryOut, untilHealthy, type SyncContext } from './carry-out';
import { examine, type Examined } from './examine';
import { tell } from '../../lib/project/tell';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { systemClock } from '../../lib/platform/clock';
import { confirm } from '../../lib/platform/confirm';
import { parseDuration } from '../../lib/platform/duration';
import { TEMPLATE_FILE } from '../generate/files';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { createOmnictl } from '../../lib/omni/omnictl';

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
  /** Leave out the differences of omnictl, its picture of the cluster, and what each machine gets. */
  readonly brief?: boolean;
  /** Without Omni: nodes that may reboot for their configuration. */
  readonly reboot?: readonly string[];
  /** Without Omni: a file that gets the kubeconfig. */
  readonly kubeconfig?: string;
  /** Without Omni: print what would be run, and stop. */
  readonly printCommands?: boolean;
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
    return fail(['error: --detailed-exitcode needs --dry-run'], io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const other = elsewhere(chosen.cluster, 'apply');
  if (other !== undefined) return fail([`error: ${other}`], io);
  const foreign = standaloneFlags(options);
  if (foreign.length > 0) return fail([`error: ${list(foreign)} is for clusters without Omni`], io);

  const { name } = chosen.cluster;
  const omnictl = createOmnictl({ signal, onWarning: (text) => io.err(`warning: omnictl: ${text}\n`) });
  const file = join(options.machineConfigs, name, TEMPLATE_FILE);
  const brief = options.brief ?? false;
  const around = { name, file, omnictl, timeoutMs, waitMs, signal, io, brief, clock: systemClock };
  const outcome = await apply(chosen, options, around);
  if (options.json) io.out(stableJson(report(name, outcome)));
  if (signal.aborted) {
    io.err('interrupted; run the same command again to continue\n');
    return INTERRUPTED;
  }
  return outcome.status === 'differs' && options.detailedExitcode ? 2 : EXIT[outcome.status];
}

async function apply(chosen: AssembledCluster, options: ApplyOptions, around: SyncContext): Promise<Outcome> {
  const { name, file, omnictl, signal, io } = around;
  const { inventory, machineConfigs, json } = options;
  const { examined, diagnostics } = await examine(chosen, omnictl, file, {
    source: { cluster: name, signal, ...(inventory === undefined ? {} : { inventory }) },
    folder: join(machineConfigs, name),
    named: options,
  });
  if (examined && !json) show(examined, around);
  tell(diagnostics, io, `npm run -s apply -- ${name} --dry-run --json`);
  const told = { ...(examined ? { changes: examined.changes } : {}), diagnostics };
  if (examined && !hasErrors(diagnostics))
    return { ...told, status: await change(examined, options, around) };
  io.err('nothing changed\n');
  return { ...told, status: 'refused' };
}

/** The part that may write. */
async function change(examined: Examined, options: ApplyOptions, around: SyncContext): Promise<Status> {
  const { name, signal, io } = around;
  const { wanted } = examined.prepared;
  const isSynced = examined.lines.length === 0 && examined.gone.length === 0;
  if (isSynced) io.err(`${name}: unchanged\n`);
  if (options.dryRun) return isSynced ? 'unchanged' : 'differs';
  if (isSynced) return (await untilHealthy(around, wanted)) ? 'unchanged' : 'failed';
  const isConfirmed =
    options.autoApprove || (await confirm(`Change cluster ${name} as above?`, '--auto-approve', io, signal));
  if (!isConfirmed) {
    io.err('nothing changed\n');
    return 'refused';
  }
  if (!(await carryOut(around, examined))) return 'failed';
  io.err(`${name}: applied; ${count(wanted.members.length, 'machine')} ready\n`);
  return 'applied';
}

/** The differences of omnictl are long: what they come to is last, above the question. */
function show({ diff, changes }: Examined, { brief, io }: SyncContext): void {
  if (!brief && diff.trim() !== '') io.out(`${diff.trimEnd()}\n\n`);
  for (const change of changes) io.out(`- ${change}\n`);
}

const report = (cluster: string, { status, changes = [], diagnostics = [] }: Outcome): unknown => ({
  format_version: 1,
  cluster,
  status,
  changes,
  diagnostics,
});

/** Flags that mean nothing in Omni, which reboots nodes and hands out kubeconfigs itself. */
const standaloneFlags = ({ reboot = [], kubeconfig, printCommands }: ApplyOptions): string[] => [
  ...(reboot.length > 0 ? ['--reboot'] : []),
  ...(kubeconfig === undefined ? [] : ['--kubeconfig']),
  ...(printCommands ? ['--print-commands'] : []),
];

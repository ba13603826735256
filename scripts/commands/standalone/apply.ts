import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { Node } from '../../../model/cluster/cluster';
import type { AssembledCluster } from '../../../model/assembly/read';
import { count, list, some } from '../../../model/support/text';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { tell } from '../../lib/project/tell';
import { confirm } from '../../lib/platform/confirm';
import { parseDuration } from '../../lib/platform/duration';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import type { ApplyOptions } from '../apply/apply';
import { hiding } from '../../lib/talos/config-secrets';
import { carryOut, presentNodes } from './carry-out';
import { printCommands } from './commands';
import { withStandalone, type Standalone, type StandaloneDependencies } from './context';
import { filledPatches } from './filled-patches';
import { checkKubeconfig, writeKubeconfig } from './write-kubeconfig';
import { missingOfNodes, waitUntil } from './ready';
import { survey, type NodeChange, type Survey } from './survey';

type Status = 'unchanged' | 'differs' | 'applied' | 'incomplete' | 'refused' | 'failed';

/**
 * Brings the nodes of a cluster without Omni to what its definition says: those in maintenance mode get their configuration,
 * those that run change one at a time, and none reboots that nobody named.
 *
 * @returns 0 as the definition says and healthy; 1 refused, failed, or done without nodes that do not answer; 2 there are differences (`detailedExitcode`)
 */
export async function runStandaloneApply(
  options: ApplyOptions,
  io: Io,
  signal: AbortSignal,
  world: StandaloneDependencies = {},
): Promise<number> {
  const waitMs = parseDuration(options.wait);
  if (waitMs === undefined) return fail(['error: write --wait as 90s, 10m or 1h30m'], io);
  if (options.detailedExitcode && !options.dryRun)
    return fail(['error: --detailed-exitcode needs --dry-run'], io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const code = await withStandalone(
    chosen,
    io,
    signal,
    (context) => apply(context, chosen, options, waitMs),
    world,
  );
  if (!signal.aborted) return code;
  io.err('interrupted; run the same command again to continue\n');
  return INTERRUPTED;
}

async function apply(
  opened: Standalone,
  chosen: AssembledCluster,
  options: ApplyOptions,
  waitMs: number,
): Promise<number> {
  const { io, signal, cluster, access } = opened;
  const { name } = cluster;
  const kubeconfig = checkKubeconfig(options.kubeconfig, access.bundle);
  if ('problem' in kubeconfig) return fail([`error: ${kubeconfig.problem}`, 'nothing changed'], io);
  const isOver = (): boolean => signal.aborted;
  const filled = filledPatches(chosen, io);
  if (!filled) return fail(['nothing changed'], io);
  const context = { ...opened, access: hiding(opened.access, filled.secrets) };
  const found = await survey(context, filled);
  if (isOver()) return INTERRUPTED;
  const diagnostics = [...found.diagnostics, ...refusals(chosen, found, options)];
  const changes = changeLines(found);
  const finish = (status: Status): number => {
    if (options.json) io.out(stableJson({ format_version: 1, cluster: name, status, changes, diagnostics }));
    return FAILURES.has(status) ? 1 : 0;
  };
  if (!options.json) for (const line of changes) io.out(`- ${line}\n`);
  tell(diagnostics, io, `npm run -s apply -- ${name} --dry-run --json`);
  if (hasErrors(diagnostics)) {
    io.err('nothing changed\n');
    return finish('refused');
  }
  const isSame = changes.length === 0;
  const waitingFor = [...found.absent, ...found.held];
  const without = some(waitingFor.map((node) => node.name));
  const isWhole = waitingFor.length === 0;
  if (isSame) io.err(`${name}: unchanged${isWhole ? '' : `, without ${without}`}\n`);
  if (options.printCommands) printCommands(context, found);
  if (options.dryRun || options.printCommands) {
    const code = finish(!isWhole ? 'incomplete' : isSame ? 'unchanged' : 'differs');
    return isWhole && !isSame && options.detailedExitcode ? 2 : code;
  }
  const isWanted =
    isSame ||
    options.autoApprove ||
    (await confirm(`Change cluster ${name} as above?`, '--auto-approve', io, signal));
  if (!isWanted) {
    io.err('nothing changed\n');
    return finish('refused');
  }
  const present = presentNodes(context, found);
  const trouble = isSame ? await unhealthy(context, present, waitMs) : await carryOut(context, found, waitMs);
  if (isOver()) return INTERRUPTED;
  const problem = trouble ?? (await writeKubeconfig(context, kubeconfig, present));
  if (problem !== undefined) {
    fail([`error: ${problem}`], io);
    io.err(`look with npm run status -- ${name}, and run the same command again: it goes on from here\n`);
    return finish('failed');
  }
  if (!isSame) io.err(`${name}: applied; ${count(present.length, 'node')} ready\n`);
  if (!isWhole) {
    io.err(
      `error: ${name} is incomplete: without ${without}; run the same command again when all nodes answer\n`,
    );
    return finish('incomplete');
  }
  return finish(isSame ? 'unchanged' : 'applied');
}

const FAILURES: ReadonlySet<Status> = new Set<Status>(['incomplete', 'refused', 'failed']);

async function unhealthy(
  context: Standalone,
  nodes: readonly Node[],
  waitMs: number,
): Promise<string | undefined> {
  const missing = await waitUntil(context, waitMs, () => missingOfNodes(context, nodes));
  return missing.length === 0 ? undefined : some(missing, 6);
}

/** What nobody has allowed. */
function refusals({ cluster }: AssembledCluster, found: Survey, options: ApplyOptions): Diagnostic[] {
  const { reboot = [] } = options;
  const names = new Set(cluster.nodes.map((node) => node.name));
  const allowed = new Set(reboot);
  const refuse = (node: string, rule: string, message: string): Diagnostic => ({
    ...fileProblem(cluster.name, message, `live-talos-${rule}`),
    path: node,
  });
  return [
    ...found.changing
      .filter(({ node, ...change }) => change.reboot && !allowed.has(node.name))
      .map(({ node, changes }) =>
        refuse(
          node.name,
          'reboot',
          `changes ${list(changes.map(({ path }) => path))}, which Talos does with a reboot only; give --reboot ${node.name} when it may`,
        ),
      ),
    ...reboot
      .filter((name) => !names.has(name))
      .map((name) => refuse(name, 'reboot', 'is named by --reboot, and no node of the cluster')),
  ];
}

/** What would happen, a line each. */
function changeLines({ changing, joining, bootstrapOn, orphans }: Survey): string[] {
  return [
    ...changing.flatMap(changedLines),
    ...joining.map(({ name, nics }) => `${name} gets its configuration, and joins (${nics[0]?.ip ?? ''})`),
    ...(bootstrapOn && orphans.length === 0 ? [`etcd begins on ${bootstrapOn.name}`] : []),
    ...(bootstrapOn && orphans.length > 0 ? [`etcd is gone; ${bootstrapOn.name} waits for it`] : []),
  ];
}

const changedLines = ({ node, changes, reboot }: NodeChange): string[] =>
  changes.map(
    ({ path, before, after }) => `${node.name}${reboot ? ' reboots:' : ':'} ${path}: ${before} → ${after}`,
  );

import { count, some } from '../../../model/support/text';
import type { Io } from '../../../model/diagnostics/io';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { formatDuration, parseDuration } from '../../lib/platform/duration';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { ApplyOptions } from '../apply/apply';
import { withStandalone } from './context';
import { missingOfNodes, waitUntil } from './ready';
import { checkKubeconfig, writeKubeconfig } from './write-kubeconfig';

/**
 * `apply` of a cluster that Terraform configures: says so, and waits until all of its nodes are ready.
 *
 * @returns 0 all of them are; 1 some are not, or something failed
 */
export async function runTerraformApply(options: ApplyOptions, io: Io, signal: AbortSignal): Promise<number> {
  const waitMs = parseDuration(options.wait);
  if (waitMs === undefined) return fail(['error: write --wait as 90s, 10m or 1h30m'], io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { name, nodes } = chosen.cluster;
  io.err(
    `note: ${name} has engine: terraform, so that Terraform changes its nodes: npm run up -- ${name}, or terraform apply\n`,
  );
  if (options.dryRun || options.printCommands) return 0;
  return withStandalone(chosen, io, signal, async (context) => {
    const kubeconfig = checkKubeconfig(options.kubeconfig, context.access.bundle);
    if ('problem' in kubeconfig) return fail([`error: ${kubeconfig.problem}`], io);
    const missing = await waitUntil(context, waitMs, () => missingOfNodes(context, context.cluster.nodes));
    if (signal.aborted) return INTERRUPTED;
    if (missing.length > 0) return fail([`error: after ${formatDuration(waitMs)}: ${some(missing, 6)}`], io);
    const problem = await writeKubeconfig(context, kubeconfig);
    if (problem !== undefined) return fail([`error: ${problem}`], io);
    io.err(`${name}: ${count(nodes.length, 'node')} ready\n`);
    return 0;
  });
}

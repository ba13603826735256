import type { Cluster, Node } from '../../../model/cluster/cluster';
import { some } from '../../../model/support/text';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { parseDuration } from '../../lib/platform/duration';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { formatTable } from '../../lib/platform/table';
import { addressOf, type NodeState } from '../../lib/talos/nodes';
import type { DiscoverOptions } from '../discover/discover';
import { withStandalone, type Standalone, type StandaloneDependencies } from './context';
import { waitUntil } from './ready';
import { askAll } from './survey';

type States = ReadonlyMap<string, NodeState>;

/**
 * Asks who answers at the address of each node, and whether it is the machine of that node. Sends no secret to anybody.
 *
 * @returns 0 each node is there, in maintenance mode or in the cluster; 1 one is not (with `allowPartial`: is another), or something failed
 */
export async function runStandaloneDiscover(
  options: DiscoverOptions,
  io: Io,
  signal: AbortSignal,
  world: StandaloneDependencies = {},
): Promise<number> {
  const waitMs = parseDuration(options.wait ?? '0s');
  if (waitMs === undefined) return fail(['error: write --wait as 90s, 10m or 1h30m'], io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  return withStandalone(
    chosen,
    io,
    signal,
    async (context) => {
      const states = await askUntilThere(context, waitMs);
      if (signal.aborted) {
        io.err('interrupted\n');
        return INTERRUPTED;
      }
      return show(context.cluster, states, options, io);
    },
    world,
  );
}

/** Goes on asking for machines that do not answer yet; another machine than expected is not waited for. */
async function askUntilThere(context: Standalone, waitMs: number): Promise<States> {
  const { nodes } = context.cluster;
  const states = new Map<string, NodeState>();
  await waitUntil(context, waitMs, async () => {
    const open = nodes.filter(({ name }) => (states.get(name)?.state ?? 'unreachable') === 'unreachable');
    for (const [name, state] of await askAll(context, open)) states.set(name, state);
    const isHopeless = [...states.values()].some(({ state }) => state === 'foreign' || state === 'failed');
    const missing = nodes.filter(({ name }) => states.get(name)?.state === 'unreachable');
    if (isHopeless || missing.length === 0) return [];
    return [`no answer yet of ${some(missing.map((node) => `${node.name} (${addressOf(node)})`))}`];
  });
  return states;
}

function show(cluster: Cluster, states: States, { output, allowPartial }: DiscoverOptions, io: Io): number {
  const { name, nodes } = cluster;
  const complete = nodes.every((node) => isThere(states.get(node.name)));
  if (output === 'json')
    io.out(
      stableJson({
        format_version: 1,
        cluster: name,
        complete,
        nodes: nodes.map((node) => inJson(node, states.get(node.name))),
      }),
    );
  else
    io.out(
      formatTable(
        ['NODE', 'ROLE', 'SERVER', 'VMID', 'ADDRESS', 'STATE'],
        nodes.map((node) => [
          ...[node.name, node.role, node.server.key, String(node.vmId), addressOf(node)],
          states.get(node.name)?.state ?? '',
        ]),
      ),
    );
  for (const node of nodes) {
    const state = states.get(node.name);
    if (state && 'reason' in state)
      io.err(`${name}: error[live-talos-${state.state}] ${node.name}: ${addressOf(node)}: ${state.reason}\n`);
  }
  const isOthers = nodes.some((node) => ['foreign', 'failed'].includes(states.get(node.name)?.state ?? ''));
  return complete || (allowPartial && !isOthers) ? 0 : 1;
}

const isThere = (found?: NodeState): boolean => found?.state === 'maintenance' || found?.state === 'running';

const inJson = (node: Node, found?: NodeState): unknown => ({
  name: node.name,
  role: node.role,
  proxmox_server: node.server.key,
  vm_id: node.vmId,
  mac_address: node.nics[0]?.mac ?? '',
  ip_address: addressOf(node),
  state: found?.state ?? 'unreachable',
  reason: found && 'reason' in found ? found.reason : '',
  uuid: found && 'identity' in found ? found.identity.uuid : '',
});

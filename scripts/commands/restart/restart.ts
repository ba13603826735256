import type { Cluster, Node } from '../../../model/cluster/cluster';
import type { AssembledCluster } from '../../../model/assembly/read';
import { waitingLine, type WaitingNodes } from '../../../model/proxmox/pending';
import { restartObstacle, restartOrder } from '../../../model/omni/restart-order';
import { list } from '../../../model/support/text';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { systemClock, type Clock } from '../../lib/platform/clock';
import { confirm } from '../../lib/platform/confirm';
import { parseDuration } from '../../lib/platform/duration';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { Collector } from '../../lib/proxmox/collect';
import { askLiveCluster } from '../../lib/omni/live-cluster';
import { createOmnictl, type Omnictl } from '../../lib/omni/omnictl';
import { drain, nodeState, uncordon } from './kubernetes';
import { waitingIn } from '../../lib/proxmox/waiting';

export interface RestartOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** Nodes. Default: all that wait for a restart. */
  readonly nodes: readonly string[];
  /** Do not move pods away before. */
  readonly drain: boolean;
  readonly dryRun?: boolean;
  /** Do not ask. */
  readonly autoApprove?: boolean;
  /** How long each node may take: `15m`. */
  readonly wait: string;
  readonly clock?: Clock;
}

/**
 * Restarts the VMs that wait for it, one at a time: right before each, etcd must keep its majority without it, and each must be
 * back before the next.
 *
 * @returns 0 nothing waits any more; 1 failed or refused
 */
export async function runRestart(options: RestartOptions, io: Io, signal: AbortSignal): Promise<number> {
  const waitMs = parseDuration(options.wait);
  if (waitMs === undefined) return fail(['error: write --wait as 90s, 10m or 1h30m'], io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { cluster } = chosen;
  const known = new Set(cluster.nodes.map(({ name }) => name));
  const unknown = options.nodes.filter((name) => !known.has(name));
  if (unknown.length > 0)
    return fail([`error: no node ${list(unknown)} in ${cluster.name}; defined: ${list(known)}`], io);

  const other = options.dryRun ? undefined : unasked(cluster);
  if (other !== undefined) return fail([`error: ${other}`], io);
  const waiting = await waitingIn(chosen);
  if (waiting.problems.length > 0)
    return fail(
      waiting.problems.map((text) => `error: ${text}`),
      io,
    );
  const order = restartOrder(cluster, chosenOf(waiting, options.nodes));
  if (order.length === 0) {
    io.out(`${cluster.name}: no node waits for a restart\n`);
    return 0;
  }
  io.out(`${cluster.name}: ${waitingLine(cluster.name, waiting)}\n`);
  order.forEach(({ name, role }, i) => io.out(`  ${i + 1}. ${name} (${role})\n`));
  if (options.dryRun) return 0;
  const question = `Restart ${order.length} of ${cluster.nodes.length} nodes of ${cluster.name}, one at a time?`;
  if (!options.autoApprove && !(await confirm(question, '--auto-approve', io, signal))) return 1;

  const omnictl = createOmnictl({ signal, onWarning: (text) => io.err(`warning: omnictl: ${text}\n`) });
  const round = new RollingRestart(chosen, { ...options, waitMs }, omnictl, io, signal);
  for (const node of order) {
    const problem = await round.restart(node);
    if (signal.aborted) {
      io.err('interrupted; run the same command again to continue\n');
      return INTERRUPTED;
    }
    if (problem !== undefined)
      return fail(
        [`error: ${node.name}: ${problem}`, 'stopped here; run the same command again to continue'],
        io,
      );
  }
  io.out(`${cluster.name}: restarted ${list(order.map(({ name }) => name))}\n`);
  return 0;
}

/** Why no node is restarted of a cluster that is not in Omni: nothing here knows whether one may go down. */
const unasked = ({ name, management: { kind } }: Cluster): string | undefined =>
  kind === 'omni'
    ? undefined
    : `Omni is asked whether etcd keeps its majority, and ${name} has management: ${kind}; npm run restart -- ${name} --dry-run names the VMs in their order: restart each in Proxmox VE, and wait until talosctl health passes before the next`;

const chosenOf = ({ nodes }: WaitingNodes, names: readonly string[]): ReadonlySet<string> =>
  new Set(nodes.map(({ name }) => name).filter((name) => names.length === 0 || names.includes(name)));

const PAUSE_MS = 2000;

/** How long a node must be ready in Omni, which notices late that one has gone, where Kubernetes is not asked. */
const SETTLE_MS = 60_000;

class RollingRestart {
  private readonly clock: Clock;

  constructor(
    private readonly checked: AssembledCluster,
    private readonly options: RestartOptions & { readonly waitMs: number },
    private readonly omnictl: Omnictl,
    private readonly io: Io,
    private readonly signal: AbortSignal,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  /** @returns why the node is not restarted, or not back */
  async restart(node: Node): Promise<string | undefined> {
    const { name } = node;
    const refused = await this.obstacle(node);
    if (refused !== undefined) return refused;
    const before = this.options.drain ? await nodeState(name) : undefined;
    if (before && 'problem' in before) return before.problem;
    if (before) {
      this.io.err(`${name}: draining …\n`);
      const problem = await drain(name);
      if (problem !== undefined) return this.giveBack(name, problem);
    }
    // Once more: a drain may take its time.
    const problem = (await this.obstacle(node)) ?? (await this.reboot(node));
    if (problem !== undefined) return before ? this.giveBack(name, problem) : problem;
    this.io.err(`${name}: restarting …\n`);
    const late = await this.untilBack(node, before?.bootId);
    if (!before) return late;
    return late === undefined ? uncordon(name) : `${late}; it takes no pods until: kubectl uncordon ${name}`;
  }

  /** A node that was not restarted after all takes pods again. */
  private async giveBack(name: string, problem: string): Promise<string> {
    const failed = await uncordon(name);
    return failed === undefined ? problem : `${problem}; it takes no pods until: kubectl uncordon ${name}`;
  }

  private async obstacle(node: Node): Promise<string | undefined> {
    const { name } = this.checked.cluster;
    const asked = await askLiveCluster(this.omnictl, name);
    if ('problem' in asked) return asked.problem.message;
    const obstacle = restartObstacle(node, name, asked.live);
    return obstacle === undefined
      ? undefined
      : `must not go down now: ${obstacle}; see npm run status -- ${name}`;
  }

  private async reboot({ server: { key }, vmId }: Node): Promise<string | undefined> {
    if (this.signal.aborted) return 'interrupted';
    const server = this.checked.draft.servers.find((one) => one.key === key);
    if (!server) return `no server ${key}`;
    const collector = new Collector({ env: process.env, timeout: 10_000 });
    try {
      const answer = await collector.reboot(server, vmId);
      return answer.ok ? undefined : answer.reason;
    } finally {
      await collector.close();
    }
  }

  /** Waits until the VM has taken its changes and the node is ready, in Kubernetes (with another boot than before) or in Omni. */
  private async untilBack({ name }: Node, bootId?: string): Promise<string | undefined> {
    const deadline = this.clock.now() + this.options.waitMs;
    let readySince: number | undefined;
    for (;;) {
      const missing = await this.missing(name, bootId);
      readySince = missing === undefined ? (readySince ?? this.clock.now()) : undefined;
      const settle = bootId === undefined ? SETTLE_MS : 0;
      if (readySince !== undefined && this.clock.now() - readySince >= settle) {
        this.io.err(`${name}: back\n`);
        return undefined;
      }
      if (this.signal.aborted) return 'interrupted';
      if (this.clock.now() >= deadline)
        return `is not back after ${this.options.wait}: ${missing ?? 'not ready long enough'}; look at its tasks in Proxmox VE`;
      await this.clock.sleep(PAUSE_MS, this.signal);
    }
  }

  private async missing(name: string, bootId?: string): Promise<string | undefined> {
    const { nodes, problems } = await waitingIn(this.checked);
    if (problems.length > 0) return list(problems);
    if (nodes.some((one) => one.name === name)) return 'the VM still runs with the old values';
    if (bootId !== undefined) {
      const state = await nodeState(name);
      if ('problem' in state) return state.problem;
      if (state.bootId === bootId) return 'Kubernetes has not seen it boot';
      if (!state.ready) return 'not ready in Kubernetes';
    }
    const cluster = this.checked.cluster.name;
    const asked = await askLiveCluster(this.omnictl, cluster);
    if ('problem' in asked) return asked.problem.message;
    const member = asked.live.members.find((one) => one.name === name);
    return member && asked.live.ready.get(member.id) === true ? undefined : 'not ready in Omni';
  }
}

import type { Node } from '../../../model/cluster/cluster';
import { some } from '../../../model/support/text';
import { isControlPlane } from '../../../model/talos/order';
import { formatDuration } from '../../lib/platform/duration';
import { addressOf, askNode } from '../../lib/talos/nodes';
import type { Standalone } from './context';
import { missingOfEtcd, missingOfNode, missingOfNodes, waitUntil } from './ready';
import type { NodeChange, Survey } from './survey';

/** Why a step did not succeed, for a person; undefined where it did. */
type Trouble = string | undefined;

/**
 * Does what a survey has found: changes running nodes one at a time, gives the others their configuration, control planes first and
 * one at a time, and begins etcd once. A run that was ended at any point finds at its next survey what is left to do.
 */
export async function carryOut(context: Standalone, found: Survey, waitMs: number): Promise<Trouble> {
  const work = new Work(context, found, waitMs);
  for (const step of work.steps()) {
    if (context.signal.aborted) return 'interrupted';
    const trouble = await step();
    if (trouble !== undefined) return trouble;
  }
  return work.failed.length === 0 ? undefined : some(work.failed, 6);
}

/** Nodes that a run works on: all that answer, but for control planes that wait for one that does not. */
export const presentNodes = (
  { cluster }: Pick<Standalone, 'cluster'>,
  { absent, held }: Pick<Survey, 'absent' | 'held'>,
): readonly Node[] => cluster.nodes.filter((node) => !absent.includes(node) && !held.includes(node));

class Work {
  private readonly joined: Node[];
  /** Why workers could not be configured: the others do not wait for them. */
  readonly failed: string[] = [];
  private readonly lost = new Set<Node>();

  constructor(
    private readonly context: Standalone,
    private readonly found: Survey,
    private readonly waitMs: number,
  ) {
    const { cluster } = context;
    this.joined = cluster.nodes.filter(({ name }) => found.states.get(name)?.state === 'running');
  }

  steps(): (() => Promise<Trouble>)[] {
    const { changing, joining, bootstrapOn } = this.found;
    const [first] = bootstrapOn && !joining.includes(bootstrapOn) ? [bootstrapOn] : [];
    return [
      ...changing.map((change) => () => this.change(change)),
      ...(first ? [() => this.bootstrap(first)] : []),
      ...joining.map((node) => () => this.joinOrLose(node)),
      () => this.wait(() => missingOfNodes(this.context, this.present())),
    ];
  }

  private present(): readonly Node[] {
    return presentNodes(this.context, this.found).filter((node) => !this.lost.has(node));
  }

  /** Without a control plane nothing goes on; a worker holds up nobody. */
  private async joinOrLose(node: Node): Promise<Trouble> {
    const trouble = await this.join(node);
    if (trouble === undefined || isControlPlane(node) || this.context.signal.aborted) return trouble;
    this.context.io.err(`${trouble}; the others go on\n`);
    this.failed.push(trouble);
    this.lost.add(node);
    return undefined;
  }

  private async join(node: Node): Promise<Trouble> {
    const { access, io } = this.context;
    const address = addressOf(node);
    // Right before it gets the secrets of the cluster: a person may have read and thought for long.
    const now = await askNode(access, node);
    if (now.state !== 'maintenance')
      return `${node.name}: ${'reason' in now ? now.reason : 'is configured by now'}`;
    io.err(`${node.name}: configuring ${address}\n`);
    const args = ['apply-config', '--insecure', '--nodes', address, '--file', '/dev/stdin'];
    const applied = await access.talosctl.call(args, {
      input: this.config(node),
      timeoutMs: APPLY_MS,
    });
    if ('problem' in applied) return `${node.name}: ${applied.problem.message}`;
    // Workers come up while others are configured; all are waited for at the end.
    if (!isControlPlane(node)) return undefined;
    const came = await this.wait(async () => asList(await missingOfNode(this.context, node, false)));
    if (came !== undefined) return came;
    this.joined.push(node);
    if (node === this.found.bootstrapOn) return this.bootstrap(node);
    return this.waitForEtcd();
  }

  private async bootstrap(node: Node): Promise<Trouble> {
    const { access, io } = this.context;
    const { orphans } = this.found;
    const address = addressOf(node);
    if (orphans.length > 0)
      return `etcd is gone, and ${some(orphans.map(({ name }) => name))} are still of the cluster that it had; bring back a backup with talosctl bootstrap --nodes ${address} --recover-from <snapshot>, or begin with an empty one with talosctl bootstrap --nodes ${address}. npm run talos -- config ${this.context.cluster.name} makes the talosconfig for that`;
    io.err(`${node.name}: beginning etcd\n`);
    let refused = '';
    const missing = await this.wait(async () => {
      const answer = await access.ask(address, ['bootstrap']);
      if ('text' in answer || answer.problem.rule === 'talos-already') return [];
      if (!answer.problem.transient) refused = `${node.name}: ${answer.problem.message}`;
      return refused === '' ? [`${node.name}: ${answer.problem.message}`] : [];
    });
    if (refused !== '') return refused;
    return missing ?? this.waitForEtcd([node]);
  }

  private waitForEtcd(members = this.joined.filter(isControlPlane)): Promise<Trouble> {
    return this.wait(() => missingOfEtcd(this.context, members));
  }

  private async change({ node, reboot }: NodeChange): Promise<Trouble> {
    const { access, io } = this.context;
    const address = addressOf(node);
    const unfit = reboot ? await this.unfitToSpare(node) : [];
    if (unfit.length > 0)
      return `${node.name} is not rebooted, because etcd may lose its majority: ${some(unfit, 3)}; repair that first`;
    const before = reboot ? await this.bootId(node) : '';
    io.err(`${node.name}: changing its configuration${reboot ? ', with a reboot' : ''}\n`);
    const mode = reboot ? 'auto' : 'no-reboot';
    const args = ['apply-config', '--file', '/dev/stdin', '--mode', mode];
    const applied = await access.ask(address, args, { input: this.config(node), timeoutMs: APPLY_MS });
    if ('problem' in applied) return `${node.name}: ${applied.problem.message}`;
    return this.wait(async () => {
      if (reboot && (await this.bootId(node)) === before) return [`${node.name} has not rebooted yet`];
      const missing = asList(await missingOfNode(this.context, node));
      return missing.length > 0 || !isControlPlane(node)
        ? missing
        : missingOfEtcd(this.context, this.joined.filter(isControlPlane));
    });
  }

  /** Why etcd cannot do without a control plane now. Asked right before it reboots: the survey may be old by then. */
  private async unfitToSpare(node: Node): Promise<readonly string[]> {
    const others = this.joined.filter((one) => one !== node && isControlPlane(one));
    if (!isControlPlane(node) || others.length === 0) return [];
    const missing = await Promise.all(others.map((one) => missingOfNode(this.context, one)));
    return [...missing.flatMap((one) => one ?? []), ...(await missingOfEtcd(this.context, others))];
  }

  /** Another one after each boot; "" while the node does not answer. */
  private async bootId(node: Node): Promise<string> {
    const answer = await this.context.access.ask(addressOf(node), [
      'read',
      '/proc/sys/kernel/random/boot_id',
    ]);
    return 'text' in answer ? answer.text.trim() : '';
  }

  private config({ name }: Node): string {
    const config = this.found.configs.get(name);
    if (config === undefined) throw new Error(`bug: no machine configuration of ${name}`);
    return config;
  }

  private async wait(look: () => Promise<readonly string[]>): Promise<Trouble> {
    const missing = await waitUntil(this.context, this.waitMs, look);
    if (missing.length === 0) return undefined;
    return this.context.signal.aborted
      ? 'interrupted'
      : `after ${formatDuration(this.waitMs)}: ${some(missing, 6)}`;
  }
}

/** Installing Talos on a slow disk takes its time before the answer. */
const APPLY_MS = 120_000;

const asList = (one: string | undefined): string[] => (one === undefined ? [] : [one]);

import type { AssembledCluster } from '../../../model/assembly/read';
import type { Node } from '../../../model/cluster/cluster';
import { waitingDiagnostics } from '../../../model/proxmox/pending';
import { statusRows, type MachineRow } from '../../../model/omni/status';
import { readKubeletVersion, readStage, readVersion } from '../../../model/talos/node-answers';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { tell } from '../../lib/project/tell';
import { atOnce } from '../../lib/platform/at-once';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { isControlPlane } from '../../../model/talos/order';
import { stableJson } from '../../lib/platform/json';
import { formatTable } from '../../lib/platform/table';
import { addressOf, askNode } from '../../lib/talos/nodes';
import { createTalosctl } from '../../lib/talos/talosctl';
import { inventoryPart, proxmoxPart, type PartState } from '../status/parts';
import type { StatusOptions } from '../status/status';
import { openStandalone, type Standalone } from './context';
import { askEtcd } from './survey';

/** What Talos and Kubernetes say of a node; `null` where nobody was asked, or nobody knows. */
interface TalosRow {
  /** `maintenance`, `running`, `rebooting` …, or `foreign`, `unreachable`, `failed`. */
  readonly talos_state: string | null;
  readonly talos_version: string | null;
  readonly ready: boolean | null;
  /** Whether it is a member of etcd; `null` for workers. */
  readonly etcd_member: boolean | null;
  readonly kubelet_version: string | null;
  /** Why it does not answer, or what it waits for. */
  readonly reason: string;
}

type Row = Omit<MachineRow, 'omni_state' | 'omni_uuid' | 'connected' | 'omni_cluster'> & TalosRow;

const NOBODY: TalosRow = {
  talos_state: null,
  talos_version: null,
  ready: null,
  etcd_member: null,
  kubelet_version: null,
  reason: '',
};

/** Shows what Terraform, Proxmox, Talos and Kubernetes know of the nodes of a cluster. Changes nothing. Returns the exit code. */
export async function runStandaloneStatus(
  { cluster: wanted, definitions, inventory: file, timeout, output, env }: StatusOptions,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const chosen = await chooseCluster(definitions, wanted);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { name } = chosen.cluster;
  const source = { cluster: name, signal, ...(file === undefined ? {} : { inventory: file }) };
  const { inventory, warnings = [], state } = await inventoryPart(source, chosen);
  const timeoutMs = timeout * 1000;
  const [proxmox, talos] = await Promise.all([
    proxmoxPart(inventory ?? {}, chosen, { env, timeout: timeoutMs }),
    talosPart(chosen, io, signal, timeoutMs),
  ]);
  if (signal.aborted) return INTERRUPTED;
  const parts: PartState[] = [state, ...proxmox.states, talos.state];
  const rows = statusRows({ inventory: inventory ?? {}, guests: proxmox.guests }).map(
    ({ omni_state: _, omni_uuid: _id, connected: _c, omni_cluster: _cl, ...vm }): Row => ({
      ...vm,
      ...(talos.nodes.get(vm.name) ?? NOBODY),
    }),
  );
  const diagnostics = [...warnings, ...waitingDiagnostics(name, proxmox.waiting)];
  if (output === 'json')
    io.out(stableJson({ format_version: 1, cluster: name, machines: rows, parts, diagnostics }));
  else if (rows.length > 0) io.out(table(rows));
  for (const { name: node, reason } of rows) if (reason !== '') io.err(`${node}: ${reason}\n`);
  for (const { part, state: how, reason } of parts)
    if (how !== 'asked') io.err(`${part}: ${how === 'failed' ? 'failed' : 'not asked'}: ${reason}\n`);
  tell(diagnostics, io, `npm run -s status -- ${name} --json`);
  return parts.some(({ state: how }) => how === 'failed') ? 1 : 0;
}

/** Without secrets or talosctl there is nobody to ask, which is no failure. */
async function talosPart(
  chosen: AssembledCluster,
  io: Io,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<{ readonly nodes: ReadonlyMap<string, TalosRow>; readonly state: PartState }> {
  const part = 'talos';
  const talosctl = createTalosctl({ signal, timeoutMs });
  const opened = await openStandalone(chosen, io, signal, askNodes, { talosctl });
  return 'problems' in opened
    ? { nodes: new Map(), state: { part, state: 'skipped', reason: opened.problems.join('; ') } }
    : { nodes: opened.nodes, state: { part, state: 'asked', reason: '' } };
}

async function askNodes(context: Standalone): Promise<{ readonly nodes: ReadonlyMap<string, TalosRow> }> {
  const { nodes } = context.cluster;
  const rows = await atOnce(6, nodes, (node) => talosRow(context, node));
  const running = nodes.filter((node, i) => isControlPlane(node) && rows[i]?.ready != null);
  const etcd = new Set(running.length > 0 ? await askEtcd(context, running) : undefined);
  return {
    nodes: new Map(
      nodes.map((node, i) => {
        const row = rows[i] ?? NOBODY;
        const isKnown = isControlPlane(node) && row.ready !== null;
        return [node.name, isKnown ? { ...row, etcd_member: etcd.has(node.name) } : row];
      }),
    ),
  };
}

async function talosRow({ access }: Standalone, node: Node): Promise<TalosRow> {
  const found = await askNode(access, node);
  if ('reason' in found) return { ...NOBODY, talos_state: found.state, reason: found.reason };
  if (found.state === 'maintenance') return { ...NOBODY, talos_state: found.state };
  const ask = async (...args: readonly string[]): Promise<string> => {
    const answer = await access.ask(addressOf(node), args);
    return 'text' in answer ? answer.text : '';
  };
  const [version, status, kubelet] = await Promise.all([
    ask('version'),
    ask('get', 'machinestatus', '--output', 'json'),
    ask('get', 'kubeletspec', '--output', 'json'),
  ]);
  const stage = readStage(status);
  return {
    talos_state: stage?.stage ?? found.state,
    talos_version: readVersion(version) ?? null,
    ready: stage?.ready ?? false,
    etcd_member: null,
    kubelet_version: readKubeletVersion(kubelet) ?? null,
    reason: stage?.ready ? '' : (stage?.unmet ?? []).join('; '),
  };
}

const HEAD = [
  ...['NODE', 'ROLE', 'SERVER', 'VMID', 'VM'],
  ...['TALOS', 'VERSION', 'READY', 'ETCD', 'KUBERNETES'],
];

const table = (rows: readonly Row[]): string =>
  formatTable(
    HEAD,
    rows.map((row) => [
      ...[row.name, row.role, row.proxmox_server, String(row.vm_id), row.vm_state ?? ''],
      ...[row.talos_state ?? '', row.talos_version ?? '', yesNo(row.ready), yesNo(row.etcd_member)],
      row.kubelet_version ?? '',
    ]),
  );

const yesNo = (value: boolean | null): string => (value === null ? '' : value ? 'yes' : 'no');

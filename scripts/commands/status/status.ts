import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { statusRows, type MachineRow } from '../../../model/omni/status';
import { waitingDiagnostics } from '../../../model/proxmox/pending';
import { chooseName } from '../../lib/project/choose-cluster';
import { tell } from '../../lib/project/tell';
import { definitionOf } from '../../lib/project/assemblies';
import { INTERRUPTED } from '../../lib/platform/interrupt';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { createOmnictl } from '../../lib/omni/omnictl';
import { inventoryPart, omniPart, proxmoxPart, type OmniPart, type PartState } from './parts';
import { formatTable } from '../../lib/platform/table';

export interface StatusOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** A file with the inventory, or `-`. Default: the Terraform output of the stack, or else the definition. */
  readonly inventory?: string;
  /** Seconds for each answer. */
  readonly timeout: number;
  readonly output?: 'table' | 'json';
  readonly env: NodeJS.ProcessEnv;
}

interface Outcome {
  /** Whether Omni manages the cluster, as far as is known. */
  readonly hasOmni: boolean;
  readonly rows: readonly MachineRow[];
  readonly parts: readonly PartState[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Shows what Terraform, Proxmox and Omni know of the machines of a cluster. Changes nothing. Returns the exit code. */
export async function runStatus(
  { cluster: wanted, ...rest }: StatusOptions,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const cluster = await chooseName({ cluster: wanted, definitions: rest.definitions });
  if (typeof cluster !== 'string') return fail(cluster.problems, io);
  const options = { cluster, ...rest };
  const { rows, hasOmni, parts, diagnostics } = await collect(options, io, signal);
  if (signal.aborted) return INTERRUPTED;
  if (options.output === 'json') {
    io.out(stableJson({ format_version: 1, cluster: options.cluster, machines: rows, parts, diagnostics }));
  } else if (rows.length > 0) io.out(statusTable(rows, hasOmni));
  for (const { part, state, reason } of parts) {
    if (state !== 'asked') io.err(`${part}: ${state === 'failed' ? 'failed' : 'not asked'}: ${reason}\n`);
  }
  tell(diagnostics, io, `npm run -s status -- ${cluster} --json`);
  return parts.some(({ state }) => state === 'failed') ? 1 : 0;
}

async function collect(
  { cluster, definitions, inventory: file, timeout, env }: StatusOptions & { readonly cluster: string },
  io: Io,
  signal: AbortSignal,
): Promise<Outcome> {
  const definition = await definitionOf(cluster, definitions);
  const source = { cluster, signal, ...(file === undefined ? {} : { inventory: file }) };
  const { inventory, warnings = [], state } = await inventoryPart(source, definition);
  if (!inventory || signal.aborted) return { rows: [], hasOmni: true, parts: [state], diagnostics: [] };
  const talosVersion = definition?.cluster.talosVersion;
  const match = { cluster, ...(talosVersion === undefined ? {} : { talosVersion }) };
  const omnictl = createOmnictl({
    env,
    timeoutMs: timeout * 1000,
    signal,
    onWarning: (text) => io.err(`warning: omnictl: ${text}\n`),
  });
  const isElsewhere = definition !== undefined && definition.cluster.management.kind !== 'omni';
  const [proxmox, omni] = await Promise.all([
    proxmoxPart(inventory, definition, { env, timeout: timeout * 1000 }),
    isElsewhere ? NO_OMNI : omniPart(inventory, match, omnictl),
  ]);
  return {
    rows: statusRows({ inventory, guests: proxmox.guests, ...omni }),
    hasOmni: !isElsewhere,
    parts: [state, ...proxmox.states, ...('state' in omni ? [omni.state] : [])],
    diagnostics: [...warnings, ...omni.diagnostics, ...waitingDiagnostics(cluster, proxmox.waiting)],
  };
}

/** What is said of a cluster that Omni does not manage. */
const NO_OMNI = { diagnostics: [] } satisfies Omit<OmniPart, 'state'>;

const VM_HEAD = ['NODE', 'ROLE', 'SERVER', 'VMID', 'VM', 'MAC'];
const OMNI_HEAD = ['OMNI ID', 'CONNECTED', 'TALOS', 'CLUSTER', 'READY'];

function statusTable(rows: readonly MachineRow[], hasOmni: boolean): string {
  const vm = (row: MachineRow): string[] => [
    ...[row.name, row.role, row.proxmox_server, String(row.vm_id), row.vm_state ?? '', row.mac_address],
  ];
  const omni = (row: MachineRow): string[] => [
    ...[row.omni_uuid ?? '', yesNo(row.connected), row.talos_version ?? ''],
    ...[row.omni_cluster ?? '', yesNo(row.ready)],
  ];
  return hasOmni
    ? formatTable(
        [...VM_HEAD, ...OMNI_HEAD],
        rows.map((row) => [...vm(row), ...omni(row)]),
      )
    : formatTable(VM_HEAD, rows.map(vm));
}

const yesNo = (value: boolean | null): string => (value === null ? '' : value ? 'yes' : 'no');

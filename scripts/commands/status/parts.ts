import type { AssembledCluster } from '../../../model/assembly/read';
import { formatDiagnostic, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { accessFindings } from '../../../model/doctor/access';
import type { Guest } from '../../../model/proxmox/answers';
import type { WaitingNodes } from '../../../model/proxmox/pending';
import { readReadiness, type Readiness } from '../../../model/omni/cluster-machines';
import { findings } from '../../../model/omni/findings';
import type { Matching, MatchOptions } from '../../../model/omni/match';
import { machineInventory, type Inventory } from '../../../model/inventory/machine';
import { askOmni } from '../../lib/omni/poll';
import { loadInventory, type InventorySource } from '../../lib/terraform/inventory-source';
import { Collector, type GuestsAnswer } from '../../lib/proxmox/collect';
import type { Omnictl } from '../../lib/omni/omnictl';
import type { OmniProblem } from '../../lib/omni/problems';
import { waitingOf } from '../../lib/proxmox/waiting';

/** Whether a part answered; `skipped` is one that nobody has set up, `failed` one that should have answered. */
export interface PartState {
  /** `inventory`, `proxmox/<server>` or `omni`. */
  readonly part: string;
  readonly state: 'asked' | 'skipped' | 'failed';
  /** "" if it was asked and all is well. */
  readonly reason: string;
}

export interface InventoryPart {
  readonly inventory?: Inventory;
  readonly warnings?: readonly Diagnostic[];
  readonly state: PartState;
}

/** What a stack says that was not applied here yet: no failure, there is just nothing to ask. */
const NOT_APPLIED = [
  'stack-not-synthesized',
  'stack-not-initialised',
  'state-empty',
  'output-missing',
  'terraform-missing',
];

/** The inventory that was applied; where there is none, what the definition plans. */
export async function inventoryPart(
  source: InventorySource,
  definition: AssembledCluster | undefined,
): Promise<InventoryPart> {
  const read = await loadInventory(source);
  const part = 'inventory';
  if ('inventory' in read) return { ...read, state: { part, state: 'asked', reason: '' } };
  const { diagnostics } = read;
  const told = diagnostics.map(formatDiagnostic).join('; ');
  // A file that was named must be good: another inventory is not what was asked for.
  if (!definition || source.inventory !== undefined)
    return { state: { part, state: 'failed', reason: told } };
  const isApplied = diagnostics.some(({ rule }) => !NOT_APPLIED.includes(rule));
  const why = isApplied ? told : diagnostics.map(({ message }) => message).join('; ');
  return {
    inventory: machineInventory(definition.cluster),
    state: {
      part,
      state: isApplied ? 'failed' : 'skipped',
      reason: `${why}; this is what the definition plans`,
    },
  };
}

export interface ProxmoxPart {
  /** By key of the server. */
  readonly guests: ReadonlyMap<string, readonly Guest[]>;
  readonly states: readonly PartState[];
  /** Nodes with changes that wait for a restart. */
  readonly waiting: WaitingNodes;
}

/** The VMs of all servers of the definition that have machines in the inventory. */
export async function proxmoxPart(
  inventory: Inventory,
  definition: AssembledCluster | undefined,
  options: { readonly env: NodeJS.ProcessEnv; readonly timeout: number },
): Promise<ProxmoxPart> {
  if (!definition) {
    const reason = 'no definition without errors says where the servers are';
    const waiting = { nodes: [], problems: [] };
    return { guests: new Map(), states: [{ part: 'proxmox', state: 'skipped', reason }], waiting };
  }
  const used = new Set(Object.values(inventory).map((node) => node.proxmox_server));
  const servers = definition.draft.servers.filter(({ key }) => used.has(key));
  const collector = new Collector(options);
  try {
    const answered = await collector.guests(servers);
    const guests = new Map<string, readonly Guest[]>();
    const states = servers.map((server): PartState => {
      const answer = answered.get(server.key);
      if (isAnswer(answer) && answer.ok) guests.set(server.key, answer.value);
      return { part: `proxmox/${server.key}`, ...serverState(server, answer) };
    });
    const machines = Object.entries(inventory).map(([name, { proxmox_server: server, vm_id: vmId }]) => ({
      name,
      server,
      vmId,
    }));
    return { guests, states, waiting: await waitingOf(collector, servers, machines, guests) };
  } finally {
    await collector.close();
  }
}

const isAnswer = (answer?: GuestsAnswer): answer is Extract<GuestsAnswer, { ok: boolean }> =>
  answer !== undefined && 'ok' in answer;

function serverState(
  server: AssembledCluster['draft']['servers'][number],
  answer?: GuestsAnswer,
): Omit<PartState, 'part'> {
  if (isAnswer(answer)) {
    return answer.ok ? { state: 'asked', reason: '' } : { state: 'failed', reason: answer.reason };
  }
  const reason = [...accessFindings(server, answer)].map(({ message }) => message).join('; ');
  return { state: answer?.problem?.kind === 'no-token' ? 'skipped' : 'failed', reason };
}

export interface OmniPart {
  readonly matching?: Matching;
  readonly ready?: Readiness;
  readonly diagnostics: readonly Diagnostic[];
  readonly state: PartState;
}

/** The machines of the inventory in Omni, and whether they are ready in their cluster. */
export async function omniPart(
  inventory: Inventory,
  match: MatchOptions,
  omnictl: Omnictl,
): Promise<OmniPart> {
  const answer = await askOmni({ omnictl, inventory, match });
  if ('problem' in answer) return { diagnostics: [], state: omniState(answer.problem) };
  const { matching } = answer;
  const diagnostics = findings(matching, match);
  const members = await omnictl.call([
    ...['get', 'clustermachinestatuses', '-o', 'json'],
    ...['-l', `omni.sidero.dev/cluster=${match.cluster}`],
  ]);
  if ('problem' in members) return { matching, diagnostics, state: omniState(members.problem) };
  const read = readReadiness(members.text);
  return 'problem' in read
    ? {
        matching,
        diagnostics,
        state: { part: 'omni', state: 'failed', reason: `readiness: ${read.problem}` },
      }
    : { matching, ready: read.ready, diagnostics, state: { part: 'omni', state: 'asked', reason: '' } };
}

/** Without omnictl or an address there is no Omni to ask, which is not a failure. */
function omniState({ rule, message }: OmniProblem): PartState {
  const isSetUp = rule !== 'omni-omnictl' && rule !== 'omni-no-endpoint';
  return { part: 'omni', state: isSetUp ? 'failed' : 'skipped', reason: message };
}

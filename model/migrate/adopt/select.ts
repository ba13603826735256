import type { DefinitionDraft, NodeInput } from '../../cluster/definition/schema';
import type { ServerDraft } from '../../cluster/definition/draft';
import { indexFromName, numberOfName } from '../../cluster/identity/node-index';
import type { Guest } from '../../proxmox/answers';
import { guestName } from '../../proxmox/config';
import { roleInTags } from '../../cluster/role-tags';
import { ROLE_FACTS, ROLES, type Role } from '../../cluster/roles';
import { byBytes, didYouMean, some } from '../../support/text';
import type { StateVm } from './old-state';
import type { RunningNode } from './talos/running-node';

/** A VM on one of the servers. */
export interface Candidate {
  readonly guest: Guest;
  readonly server: ServerDraft;
}

/** Who is to be adopted, in the words of the person. */
export interface Wanted {
  /** Names (with `*`) or VMIDs, by the role that they are to have. */
  readonly flags: Readonly<Record<Role, readonly string[]>>;
  /** Names or VMIDs that are left out. */
  readonly skip: readonly string[];
  /** Nodes of the definition that is built upon. */
  readonly definition: DefinitionDraft;
  /** Whether each of these is wanted, also where flags or states name others. */
  readonly allNodes: boolean;
  readonly states: readonly StateVm[];
  /** Nodes of a running cluster: all of them are wanted, whatever else is named. */
  readonly running?: readonly FoundNode[];
}

/** A node that answered, and the VM that it is, if it is one of those on the servers. */
export interface FoundNode {
  readonly node: RunningNode;
  readonly vm?: Candidate;
}

/** A VM that becomes a node, with what is known of it already. */
export interface SelectedVm extends Candidate {
  readonly name: string;
  readonly role: Role;
  readonly index: number;
  /** As the definition has it so far. */
  readonly input: NodeInput;
  readonly state?: StateVm;
  readonly running?: RunningNode;
}

/** One VM that somebody named: by flag, by state, or as a node. */
interface Request {
  readonly who: string;
  readonly matches: (candidate: Candidate) => boolean;
  /** Tells VMs of one name apart, where it is true of one. */
  readonly exact?: (candidate: Candidate) => boolean;
  readonly many: boolean;
  readonly name?: string;
  readonly role?: Role;
  readonly state?: StateVm;
  readonly running?: RunningNode;
}

/** Finds the wanted VMs among those on the servers; problems, all of them, instead of a guess. */
export function selectVms(
  wanted: Wanted,
  candidates: readonly Candidate[],
): { readonly chosen: readonly SelectedVm[]; readonly problems: readonly string[] } {
  const vms = candidates.filter(({ guest }) => guest.type === 'qemu' && !guest.template);
  const requests = [
    ...flagRequests(wanted),
    ...runningRequests(wanted),
    ...stateRequests(wanted),
    ...nodeRequests(wanted),
  ];
  if (requests.length === 0) return { chosen: [], problems: [nobodyNamed(vms)] };
  const problems: string[] = [];
  const byVm = new Map<Candidate, Request[]>();
  for (const request of requests) {
    const matching = vms.filter(request.matches);
    const alive = matching.filter((vm) => !isSkipped(vm, wanted.skip));
    const exact = alive.filter((vm) => request.exact?.(vm));
    const found = exact.length === 1 ? exact : alive;
    if (matching.length === 0 && request.running) problems.push(noVm(request.running, vms));
    else if (matching.length === 0) problems.push(noSuchVm(request, vms));
    else if (found.length > 1 && !request.many) problems.push(ambiguous(request, found));
    else for (const vm of found) byVm.set(vm, [...(byVm.get(vm) ?? []), request]);
  }
  const roled = [...byVm].map(([vm, asked]) => {
    const name = vm.guest.name ?? '';
    const state = asked.find((one) => one.state)?.state;
    const role = roleOf(name, vm, asked, wanted, problems);
    const running = asked.find((one) => one.running)?.running;
    if (wanted.running && !running) problems.push(notInCluster(vm));
    const input = nodeOf(wanted.definition, name)?.input ?? {};
    const more = { ...(state ? { state } : {}), ...(running ? { running } : {}) };
    return { ...vm, name, role: role ?? 'worker', input, ...more };
  });
  roled.sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || byBytes(a.name, b.name));
  problems.push(...sameNames(roled));
  return { chosen: withIndexes(roled, wanted.definition), problems };
}

function* flagRequests({ flags }: Wanted): Generator<Request> {
  for (const role of ROLES)
    for (const pattern of flags[role])
      yield {
        who: `--${role} ${pattern}`,
        matches: matcher(pattern),
        many: pattern.includes('*'),
        role,
        name: pattern,
      };
}

function* runningRequests({ running = [], skip }: Wanted): Generator<Request> {
  for (const { node, vm } of running) {
    if (skip.includes(node.hostname) || skip.includes(node.address)) continue;
    const who = `node ${node.hostname || node.address} at ${node.address}`;
    const matches = (candidate: Candidate) => candidate === vm;
    yield { who, matches, many: false, running: node, name: node.hostname };
  }
}

function* stateRequests({ states }: Wanted): Generator<Request> {
  for (const state of states) {
    const { address, name, vmId, node } = state;
    const matches = ({ guest }: Candidate) => guest.vmid === vmId && guest.node === node;
    yield { who: `${address} (VM ${vmId} on ${node}, "${name}")`, matches, many: false, state, name };
  }
}

function* nodeRequests({ definition, allNodes, flags, states, running }: Wanted): Generator<Request> {
  const named = running !== undefined || states.length > 0 || ROLES.some((role) => flags[role].length > 0);
  if (named && !allNodes) return;
  for (const { input, role } of nodesOf(definition)) {
    const { name = '', vm_id: vmId, proxmox_server: server } = input;
    const matches = (vm: Candidate) => vm.guest.name === name;
    const exact = (vm: Candidate) => vm.guest.vmid === vmId && (server ?? vm.server.key) === vm.server.key;
    yield { who: `node ${name}`, matches, exact, many: false, role, name };
  }
}

/** `talos-*` or `talos-control-1`, or a VMID. */
function matcher(pattern: string): (candidate: Candidate) => boolean {
  if (/^\d+$/.test(pattern)) return ({ guest }) => guest.vmid === Number(pattern) || guest.name === pattern;
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const form = new RegExp(`^${parts.join('.*')}$`);
  return ({ guest }) => form.test(guest.name ?? '');
}

const isSkipped = (vm: Candidate, skip: readonly string[]): boolean =>
  skip.some((pattern) => matcher(pattern)(vm));

const nodesOf = (definition: DefinitionDraft): { input: NodeInput; role: Role }[] =>
  ROLES.flatMap((role) => (definition[ROLE_FACTS[role].key] ?? []).map((input) => ({ input, role })));

const nodeOf = (definition: DefinitionDraft, name: string): { input: NodeInput; role: Role } | undefined =>
  nodesOf(definition).find(({ input }) => input.name === name);

/** What a person says counts before what a list, a state, a tag or a name says. */
function roleOf(
  name: string,
  { guest }: Candidate,
  asked: readonly Request[],
  { definition }: Wanted,
  problems: string[],
): Role | undefined {
  const said = [...new Set(asked.flatMap(({ role, state }) => (role && !state ? [role] : [])))];
  if (said.length > 1) {
    problems.push(`${guestName(guest)} is to be ${said.join(' and ')}; name it once`);
    return undefined;
  }
  const state = asked.find((one) => one.state)?.state;
  const running = asked.find((one) => one.running)?.running;
  if (running) return runningRole(running, said[0], nodeOf(definition, name)?.role, problems);
  const role =
    said[0] ??
    nodeOf(definition, name)?.role ??
    roleInTags([...(state?.tags ?? []), ...guest.tags]) ??
    roleInWords(name) ??
    roleInWords(state?.words ?? '');
  if (!role)
    problems.push(
      `${guestName(guest)}: neither tags nor names tell its role; add --control-plane ${name}, --worker ${name} or --gpu-worker ${name}`,
    );
  return role;
}

/** Its configuration tells whether it is a control plane, and a person which of its workers are for GPUs. */
function runningRole(
  { isControlPlane, hostname, address }: RunningNode,
  said: Role | undefined,
  listed: Role | undefined,
  problems: string[],
): Role {
  const role = said ?? listed ?? (isControlPlane ? 'control-plane' : 'worker');
  if ((role === 'control-plane') === isControlPlane) return role;
  const is = isControlPlane ? 'a control plane' : 'a worker';
  problems.push(
    `node ${hostname || address} is ${is} by its machine configuration, and named as ${ROLE_FACTS[role].title}; name it as what it is`,
  );
  return role;
}

function roleInWords(words: string): Role | undefined {
  if (/control|master|(^|[^a-z])cp([^a-z]|$)/i.test(words)) return 'control-plane';
  if (/gpu/i.test(words)) return 'gpu-worker';
  return /work|(^|[^a-z])w([^a-z]|$)/i.test(words) ? 'worker' : undefined;
}

const nobodyNamed = (vms: readonly Candidate[]): string =>
  `no VM to adopt is named; name them with --control-plane, --worker and --gpu-worker, or give a state with --from; there are: ${vmNames(vms)}`;

const vmNames = (vms: readonly Candidate[]): string =>
  some(vms.map(({ guest }) => guestName(guest)).sort(byBytes), 20) || 'none';

function noSuchVm({ who, name = '' }: Request, vms: readonly Candidate[]): string {
  const names = vms.flatMap(({ guest }) => guest.name ?? []);
  return `${who}: no such VM on the servers${didYouMean(name, names) || `; there are: ${vmNames(vms)}`}`;
}

const noVm = ({ hostname, address, identity }: RunningNode, vms: readonly Candidate[]): string =>
  `node ${hostname || address} at ${address} is no VM of the servers in the definition: none has its UUID (${identity.uuid || 'unknown'}) or a MAC of it (${identity.macs.join(', ') || 'none'}); add the server that has it to proxmox_servers. A machine that is no VM cannot be in a definition: leave it out with --skip ${address}, and remove it from the cluster by hand. There are: ${vmNames(vms)}`;

const notInCluster = ({ guest }: Candidate): string =>
  `${guestName(guest)} is no node of the cluster that the talosconfig leads to; leave it out, or let it join first`;

const ambiguous = ({ who }: Request, found: readonly Candidate[]): string =>
  `${who}: several VMs have this name: ${vmNames(found)}; name one by its VMID, or leave one out with --skip <vmid>`;

function sameNames(chosen: readonly { readonly name: string; readonly guest: Guest }[]): string[] {
  const names = chosen.map(({ name }) => name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => {
    const vms = chosen.filter((one) => one.name === name).map(({ guest }) => guestName(guest));
    return `several VMs are called ${name || 'nothing'}: ${vms.join(', ')}; rename one in Proxmox (qm set <vmid> --name …), or leave one out with --skip <vmid>`;
  });
}

/**
 * The index that a node has, else that of its name, else the lowest that is free: each once in a role. Where a name of a role
 * ends in 0, all of them have the number that they end in.
 */
function withIndexes<T extends Pick<SelectedVm, 'name' | 'role' | 'input'>>(
  chosen: readonly T[],
  definition: DefinitionDraft,
): (T & { readonly index: number })[] {
  const names = new Set(chosen.map(({ name }) => name));
  const taken = new Set<string>();
  const key = (role: Role, index: number) => `${role} ${index}`;
  for (const { input, role } of nodesOf(definition)) {
    const index = input.index ?? indexFromName(input.name ?? '');
    if (index !== undefined && !names.has(input.name ?? '')) taken.add(key(role, index));
  }
  const take = (role: Role, wanted: number | undefined): number | undefined => {
    if (wanted === undefined || taken.has(key(role, wanted))) return undefined;
    taken.add(key(role, wanted));
    return wanted;
  };
  const fromZero = new Set(chosen.flatMap(({ role, name }) => (numberOfName(name) === 0 ? [role] : [])));
  const ofName = ({ role, name }: T) => (fromZero.has(role) ? numberOfName(name) : indexFromName(name));
  const first = chosen.map((one) => take(one.role, one.input.index) ?? take(one.role, ofName(one)));
  return chosen.map((one, i) => {
    let index = first[i];
    for (let free = 0; index === undefined; free++) index = take(one.role, free);
    return { ...one, index };
  });
}

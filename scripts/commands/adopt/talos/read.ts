import { readFileSync } from 'node:fs';
import { readContext, type TalosContext } from '../../../../model/migrate/adopt/talos/talosconfig';
import { isControlPlane, vips } from '../../../../model/migrate/adopt/talos/keys';
import type { RunningNode } from '../../../../model/migrate/adopt/talos/running-node';
import { errorCode } from '../../../../model/support/files';
import { contains, parseAddress, parseSubnet } from '../../../../model/support/net';
import { list } from '../../../../model/support/text';
import {
  readExtensions,
  readIdentity,
  readMachineConfig,
  readMembers,
  readVersion,
  type ClusterMember,
} from '../../../../model/talos/node-answers';
import { valueAt } from '../../../../model/talos/written-patches';
import { atOnce } from '../../../lib/platform/at-once';
import { canonical } from '../../../lib/talos/canonical';
import type { TalosProblem } from '../../../lib/talos/problems';
import type { Talosctl } from '../../../lib/talos/talosctl';

export interface TalosOptions {
  /** Path of a talosconfig. */
  readonly talosconfig: string;
  /** Default: the current one of the file. */
  readonly context?: string;
}

/** Nodes of a running cluster, or all that is in the way. */
type Read = { readonly nodes: readonly RunningNode[] } | { readonly problems: readonly string[] };

type Ask = (address: string, args: readonly string[]) => ReturnType<Talosctl['call']>;

/** Calls at a time: talosctl is a heavy program. */
const CALLS = 6;

/**
 * Reads the nodes of the cluster that a talosconfig leads to, each at its own address. Changes nothing.
 *
 * @param subnet management network, in which nodes have the addresses that they are known by
 * @param skip   hostnames and addresses of nodes that are left out
 */
export async function readNodes(
  talosctl: Talosctl,
  { talosconfig, context: wanted }: TalosOptions,
  { subnet, skip }: { readonly subnet: string | undefined; readonly skip: readonly string[] },
): Promise<Read> {
  let text: string;
  try {
    text = readFileSync(talosconfig, 'utf8');
  } catch (cause) {
    return { problems: [`${talosconfig}: cannot be read (${errorCode(cause)}); check the path`] };
  }
  const read = readContext(text, wanted);
  if ('problem' in read) return { problems: [`${talosconfig}: ${read.problem}`] };
  const { context } = read;
  const env = { TALOSCONFIG: talosconfig };
  const ask: Ask = (address, args) =>
    talosctl.call([...args, '--context', context.name, '--nodes', address, '--endpoints', address], { env });
  const members = await askMembers(ask, context);
  if ('problem' in members) return { problems: [`${talosconfig}: ${members.problem}`] };
  const targets = targetsOf(context, members.members, subnet).filter(
    ({ hostname, address }) => !skip.includes(hostname) && !skip.includes(address),
  );
  const answers = await atOnce(CALLS, targets, (target) => readNode(talosctl, ask, target));
  const problems = answers.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0) return { problems };
  return { nodes: unique(answers.flatMap((one) => ('problem' in one ? [] : [one]))) };
}

interface Target {
  readonly hostname: string;
  readonly address: string;
}

/** Who is in the cluster, told by the first that knows; none where the discovery service is off. */
async function askMembers(
  ask: Ask,
  { endpoints, nodes }: TalosContext,
): Promise<{ readonly members: readonly ClusterMember[] } | { readonly problem: string }> {
  const whom = endpoints.length > 0 ? endpoints : nodes;
  const failures: string[] = [];
  for (const address of whom) {
    const answer = await ask(address, ['get', 'members', '--output', 'json']);
    if ('problem' in answer) failures.push(`${address} ${words(answer.problem)}`);
    else {
      const members = readMembers(answer.text);
      if (members.length > 0) return { members };
    }
  }
  return failures.length < whom.length ? { members: [] } : { problem: list(failures) };
}

/** Without members those that the talosconfig names: its endpoints are nodes, or addresses that nodes share. */
function targetsOf(
  { endpoints, nodes }: TalosContext,
  members: readonly ClusterMember[],
  subnet: string | undefined,
): Target[] {
  if (members.length > 0)
    return members.map(({ hostname, addresses }) => ({ hostname, address: ownAddress(addresses, subnet) }));
  return [...new Set([...nodes, ...endpoints])].map((address) => ({ hostname: '', address }));
}

function ownAddress(addresses: readonly string[], subnet: string | undefined): string {
  const network = parseSubnet(subnet ?? '');
  const own = addresses.find((text) => {
    const address = parseAddress(text);
    return network && address && contains(network, address);
  });
  return own ?? addresses[0] ?? '';
}

async function readNode(
  talosctl: Talosctl,
  ask: Ask,
  { hostname, address }: Target,
): Promise<RunningNode | { readonly problem: string }> {
  const who = hostname === '' ? `node ${address}` : `node ${hostname} at ${address}`;
  const get = (what: string): ReturnType<Ask> =>
    ask(address, ['get', ...what.split(' '), '--output', 'json']);
  const config = await get('machineconfig v1alpha1');
  if ('problem' in config)
    return { problem: `${who} ${words(config.problem)}; to leave it out: --skip ${hostname || address}` };
  const text = readMachineConfig(config.text);
  const written = text === undefined ? undefined : await canonical(talosctl, text);
  if (text === undefined || !written || 'problem' in written)
    return {
      problem: `${who} shows no machine configuration that talosctl can read; is talosctl as new as its Talos?`,
    };
  const { documents } = written;
  if (valueAt(documents.get(''), 'cluster.clusterName') === undefined)
    return { problem: `${who} shows no whole machine configuration; try again when it is ready` };
  const [system, links, version, extensions] = await Promise.all([
    get('systeminformation'), get('links'), ask(address, ['version']), get('extensions'),
  ]); // prettier-ignore
  const said = (answer: Awaited<ReturnType<Ask>>): string => ('text' in answer ? answer.text : '');
  const { names, schematic } = readExtensions(said(extensions));
  return {
    address,
    hostname: hostnameIn(documents) || hostname,
    identity: readIdentity({ system: said(system), links: said(links) }),
    isControlPlane: isControlPlane(documents),
    text: written.text,
    documents,
    version: readVersion(said(version)) ?? '',
    extensions: names,
    ...(schematic === undefined ? {} : { schematic }),
  };
}

function hostnameIn(documents: RunningNode['documents']): string {
  const name =
    valueAt(documents.get('HostnameConfig'), 'hostname') ??
    valueAt(documents.get(''), 'machine.network.hostname');
  return typeof name === 'string' ? name : '';
}

/** One machine may have answered at several addresses. That of its own counts before one that it shares. */
function unique(nodes: readonly RunningNode[]): RunningNode[] {
  const shared = new Set(nodes.flatMap(({ documents }) => vips(documents)));
  const own = [...nodes].sort((a, b) => Number(shared.has(a.address)) - Number(shared.has(b.address)));
  return own.filter(
    ({ identity }, i) =>
      identity.uuid === '' || own.findIndex((other) => other.identity.uuid === identity.uuid) === i,
  );
}

/** Why a node does not tell, in words that fit a talosconfig. */
function words({ rule, message }: TalosProblem): string {
  switch (rule) {
    case 'talos-other-ca':
    case 'talos-needs-certificate':
      return 'is of another cluster than the talosconfig, or in maintenance mode: its certificate is signed by another CA';
    case 'talos-role':
      return 'does not show its machine configuration to this talosconfig; that needs the role os:admin: have one made by somebody who has it, with talosctl config new --roles os:admin';
    default:
      return message;
  }
}

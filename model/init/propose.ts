/** From what servers have and a person wants to a cluster: where everything goes, and what it is called. */
import type { Role } from '../cluster/roles';
import type { VmIdRange } from '../cluster/identity/vm-id';
import { formatAddress, nthAddress, parseAddress, parseSubnet } from '../support/net';
import { byBytes, list } from '../support/text';
import { freeAddresses, freeMacPrefix, freeVmIds } from './free';
import { diskStorage, imageStorage, place, type Gpu, type Placement } from './place';
import { siteOf, type SeenServer, type Survey } from './survey';
import type { Wishes } from './wishes';

/** What other clusters of the repository have already. */
export interface OwnedElsewhere {
  readonly vmIds: readonly number[];
  readonly addresses: readonly string[];
  readonly macs: readonly string[];
}

export interface ProposedServer {
  readonly key: string;
  readonly seen: SeenServer;
  readonly bridge: string;
  readonly diskStorage: string;
  readonly imageStorage: string;
}

export interface Proposal extends Placement {
  readonly wishes: Wishes;
  readonly servers: readonly ProposedServer[];
  /** First addresses by role. */
  readonly firstIps: Readonly<Record<Role, string>>;
  readonly vip?: string;
  readonly vmIds: VmIdRange;
  readonly macPrefix: string;
  readonly osDiskGb: number;
  /** Storages that images are downloaded to for several servers at once. */
  readonly sharedStorages: readonly { readonly name: string; readonly servers: readonly string[] }[];
  readonly gpus: readonly Gpu[];
}

/** Addresses kept for each role, so that it can grow without a second thought. */
const ROOM: Readonly<Record<Role, number>> = { 'control-plane': 10, worker: 20, 'gpu-worker': 10 };

/** The same where the network has little. */
const LITTLE_ROOM = 4;

/** Sizes of the disk of the system, of which the largest that fits is taken. */
const OS_DISKS_GB = [100, 50];

/** Proposes a cluster, or tells everything that stands in its way. */
export function propose(
  survey: Survey,
  wishes: Wishes,
  others: OwnedElsewhere = { vmIds: [], addresses: [], macs: [] },
): Proposal | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const tell = (text: string): void => void problems.push(text);
  const servers = Object.entries(survey.servers)
    .sort(([a], [b]) => byBytes(a, b))
    .flatMap(([key, seen]) => proposedServer(key, seen, wishes, tell) ?? []);
  const placement = place(survey, {
    'control-plane': wishes.controlPlanes,
    worker: wishes.workers,
    'gpu-worker': wishes.gpuWorkers,
  });
  if ('problem' in placement) tell(placement.problem);
  const addresses = proposedAddresses(survey, wishes, others, tell);
  if ('problem' in placement || !addresses || problems.length > 0) return { problems };
  const macs = survey.guests.flatMap((guest) => guest.macs);
  return {
    ...placement,
    wishes,
    servers,
    ...addresses,
    vmIds: freeVmIds([...survey.guests.map(({ vm_id }) => vm_id), ...others.vmIds]),
    macPrefix: freeMacPrefix(wishes.name, [...macs, ...others.macs]),
    osDiskGb: osDisk(servers, placement),
    sharedStorages: sharedStorages(servers),
    gpus: placement.nodes.flatMap(({ gpu }) => gpu ?? []),
  };
}

function proposedServer(
  key: string,
  seen: SeenServer,
  { bridge: wanted, vlan }: Wishes,
  tell: (text: string) => void,
): ProposedServer | undefined {
  const names = list(seen.bridges.map(({ name }) => name));
  const bridge = wanted ?? bridgeOf(seen)?.name;
  const found = seen.bridges.find(({ name }) => name === bridge);
  const disks = diskStorage(seen);
  const images = imageStorage(seen);
  if (bridge === undefined) tell(`${key}: has no bridge; create one, e.g. vmbr0`);
  else if (!found) tell(`${key}: has no bridge "${bridge}"; give --bridge one of ${names}`);
  else if (vlan > 0 && !found.vlan_aware)
    tell(
      `${key}: bridge "${bridge}" is not VLAN aware; make it so, or give --bridge another one of ${names}`,
    );
  if (!disks) tell(`${key}: has no storage for disks; run there: pvesm set <storage> --content images`);
  if (!images) tell(`${key}: has no storage for ISO files; run there: pvesm set <storage> --content iso`);
  return bridge === undefined || !disks || !images
    ? undefined
    : { key, seen, bridge, diskStorage: disks.name, imageStorage: images.name };
}

/** The bridge with the default gateway, else the first. */
export const bridgeOf = ({ bridges }: SeenServer): SeenServer['bridges'][number] | undefined =>
  bridges.find(({ gateway }) => gateway !== undefined) ??
  [...bridges].sort((a, b) => byBytes(a.name, b.name))[0];

function proposedAddresses(
  survey: Survey,
  wishes: Wishes,
  others: OwnedElsewhere,
  tell: (text: string) => void,
): Pick<Proposal, 'firstIps' | 'vip'> | undefined {
  const subnet = parseSubnet(wishes.subnet);
  if (!subnet) {
    tell(`--subnet "${wishes.subnet}" is no network; write it with its prefix, like 192.168.10.0/24`);
    return undefined;
  }
  const room = subnet.last - subnet.network > 64n ? ROOM : undefined;
  const counts: Readonly<Record<Role, number>> = {
    'control-plane': wishes.controlPlanes,
    worker: wishes.workers,
    'gpu-worker': wishes.gpuWorkers,
  };
  const roomOf = (role: Role): number =>
    Math.max(counts[role], room?.[role] ?? (counts[role] && LITTLE_ROOM));
  const vips = wishes.management === 'standalone' && wishes.vip === undefined ? 1 : 0;
  const size = vips + roomOf('control-plane') + roomOf('worker') + roomOf('gpu-worker');
  const taken = [
    ...Object.values(survey.servers).flatMap(serverAddresses),
    ...survey.guests.flatMap(({ addresses }) => addresses),
    ...[wishes.gateway, ...wishes.dns, ...others.addresses],
    ...(wishes.vip === undefined ? [] : [wishes.vip]),
  ];
  const { dhcpRange } = wishes;
  const first =
    wishes.firstIp ??
    freeAddresses({ subnet, taken, ...(dhcpRange === undefined ? {} : { dhcpRange }) }, size);
  const nth = (index: number): string | undefined => nthAddress(first ?? '', index);
  const firstIps = {
    'control-plane': nth(vips),
    worker: nth(vips + roomOf('control-plane')),
    'gpu-worker': nth(vips + roomOf('control-plane') + roomOf('worker')),
  };
  if (!first || Object.values(firstIps).includes(undefined)) {
    tell(
      first === undefined
        ? `${wishes.subnet} has no ${size} free addresses in a row; give --first-ip, or a larger --subnet`
        : `--first-ip "${first}" is no address, or the network ends too soon after it`,
    );
    return undefined;
  }
  const vip = wishes.management === 'standalone' ? (wishes.vip ?? first) : undefined;
  return { firstIps: firstIps as Proposal['firstIps'], ...(vip === undefined ? {} : { vip }) };
}

function serverAddresses({ api_url, bridges }: SeenServer): string[] {
  const host = new URL(api_url).hostname.replace(/^\[|\]$/g, '');
  const own = bridges.flatMap(({ address, gateway }) => [address?.split('/')[0], gateway]);
  return [host, ...own].flatMap((text) => {
    const address = parseAddress(text ?? '');
    return address ? [formatAddress(address)] : [];
  });
}

function osDisk(servers: readonly ProposedServer[], { nodes }: Placement): number {
  const fits = (gb: number): boolean =>
    servers.every((server) => {
      const seen = server.seen.storages.find(({ name }) => name === server.diskStorage);
      const site = siteOf(server.key, server.seen);
      const sharing = new Set(
        servers
          .filter(
            (other) =>
              other.key === server.key ||
              (seen?.shared &&
                siteOf(other.key, other.seen) === site &&
                other.diskStorage === server.diskStorage),
          )
          .map(({ key }) => key),
      );
      return nodes.filter((node) => sharing.has(node.server)).length * gb <= (seen?.free_gb ?? 0);
    });
  return OS_DISKS_GB.find(fits) ?? OS_DISKS_GB.at(-1) ?? 0;
}

/** Storages of a Proxmox cluster that are one for several servers. */
function sharedStorages(servers: readonly ProposedServer[]): Proposal['sharedStorages'] {
  const names = [...new Set(servers.map((server) => server.imageStorage))];
  return names.flatMap((name) => {
    const sharing = servers.filter(
      (server) =>
        server.imageStorage === name &&
        server.seen.storages.some((storage) => storage.name === name && storage.shared),
    );
    return sharing.length > 1 ? [{ name, servers: sharing.map(({ key }) => key) }] : [];
  });
}

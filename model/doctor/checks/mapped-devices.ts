import type { NodeDraft } from '../../cluster/definition/draft';
import { error, warning } from '../../rules/lib/rule';
import { liveCheck, need, type LiveContext } from '../lib/check';
import { guestName, passthroughOf, properties } from '../../proxmox/config';
import { guestsOf, isOurs, type KnownGuest } from '../lib/guests';

export const mappedDevices = liveCheck('gpu-mapping-shared', 'users of PCI devices', function* (context) {
  const { cluster, server, nodes, live } = context;
  const wanted = nodes.filter(({ gpuMappings }) => gpuMappings.length > 0);
  if (wanted.length === 0) return;
  const guests = guestsOf(live).filter(
    ({ guest }) => guest.node === server.nodeName && guest.type === 'qemu',
  );
  for (const name of new Set(wanted.flatMap(({ gpuMappings }) => gpuMappings))) {
    const paths = devicePaths(context, name);
    const users = wanted.filter(({ gpuMappings }) => gpuMappings.includes(name));
    const others = guests.filter(
      ({ guest, config }) =>
        // Nodes that the definition gives the device are counted by the rule of that name.
        !users.some((node) => isOurs(guest, node, cluster)) && hasDevice(config ?? {}, name, paths),
    );
    const free = Math.max(paths.length, 1) - users.length;
    if (others.length <= free) continue;
    for (const node of users) for (const other of others) yield sharing(node, name, other, context);
  }
  for (const { guest, site } of guests) need(site.configs.get(guest.vmid));
});

const hasDevice = (config: NonNullable<KnownGuest['config']>, name: string, paths: readonly string[]) => {
  const used = passthroughOf(config);
  return used.mappings.includes(name) || used.paths.some((path) => paths.some((own) => overlaps(own, path)));
};

/** A VM of the cluster has the device beside the definition: it was adopted with it, say, and keeps it by `ignore_changes`. */
function sharing(node: NodeDraft, name: string, { guest }: KnownGuest, { cluster }: LiveContext) {
  const own = cluster.nodes.find((other) => isOurs(guest, other, cluster));
  const message = own
    ? `the device of "${name}" is in ${own.name} (VM ${guest.vmid} on ${guest.node}), whose gpu_mappings do not say so; one VM per device: take it out there, or write it there and not here`
    : `the device of "${name}" is in ${guestName(guest)} too, which is ${guest.status}; one VM per device: take it out there`;
  return guest.status === 'running' || own
    ? error(node.where('gpu_mappings'), message)
    : warning(node.where('gpu_mappings'), message);
}

/** Addresses of a mapping on a server: as the definition says, else as the server does. */
function devicePaths({ cluster, server, live }: LiveContext, name: string): string[] {
  const own = cluster.pciMappings.find((mapping) => mapping.name === name);
  if (own) return own.devices.filter((device) => device.server?.key === server.key).map(({ path }) => path);
  const entries = live.site.mappings.ok
    ? live.site.mappings.value.find(({ id }) => id === name)?.map
    : undefined;
  return (entries ?? [])
    .map((entry) => properties(entry))
    .filter(({ node }) => node === server.nodeName)
    .flatMap(({ path }) => path ?? []);
}

/** An address without function means all functions, and one without domain is of domain 0000. */
function overlaps(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) =>
    (/^[0-9a-f]{2}:/i.test(path) ? `0000:${path}` : path).toLowerCase(),
  );
  return one === other || one === `${other ?? ''}.0` || other === `${one ?? ''}.0`;
}

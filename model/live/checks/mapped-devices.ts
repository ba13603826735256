import { error, warning } from '../../rules/rule';
import { liveCheck, need } from '../check';
import { guestName, passthroughOf, properties } from '../config';
import { guestsOf, isOfCluster } from '../guests';
import type { LiveContext } from '../check';

export const mappedDevices = liveCheck('gpu-mapping-shared', 'users of PCI devices', function* (context) {
  const { cluster, server, nodes, live } = context;
  const wanted = nodes.filter(({ gpuMappings }) => gpuMappings.length > 0);
  if (wanted.length === 0) return;
  const others = guestsOf(live).filter(
    ({ guest }) => guest.node === server.nodeName && guest.type === 'qemu' && !isOfCluster(guest, cluster),
  );
  for (const node of wanted) {
    for (const name of node.gpuMappings) {
      const paths = devicePaths(context, name);
      for (const { guest, config } of others) {
        const used = passthroughOf(config ?? {});
        if (
          !used.mappings.includes(name) &&
          !used.paths.some((path) => paths.some((own) => overlaps(own, path)))
        )
          continue;
        const message = `the device of "${name}" is in ${guestName(guest)} too, which is ${guest.status}; one VM per device: take it out there`;
        yield guest.status === 'running'
          ? error(node.where('gpu_mappings'), message)
          : warning(node.where('gpu_mappings'), message);
      }
    }
  }
  for (const { guest, site } of others) need(site.configs.get(guest.vmid));
});

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

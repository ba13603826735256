import { error, warning } from '../../rules/lib/rule';
import { list } from '../../support/text';
import type { ClusterStatus } from '../../proxmox/answers';
import { liveCheck, need } from '../lib/check';

/** The Proxmox cluster that a server says it is a member of. */
const clusterIn = (status: ClusterStatus): ClusterStatus[number] | undefined =>
  status.find(({ type }) => type === 'cluster');

export const proxmoxCluster = liveCheck(
  'live-proxmox-cluster',
  'Proxmox cluster',
  function* ({ cluster, server, live, answered }) {
    const actual = clusterIn(need(live.clusterStatus));
    const written = cluster.definition.proxmox_servers?.[server.key]?.proxmox_cluster;
    const path = [...server.path, 'proxmox_cluster'];
    if (!actual) {
      if (written)
        yield error(
          path,
          `"${server.key}" is a standalone server, not a member of "${written}"; remove proxmox_cluster`,
        );
      return;
    }
    if (!actual.quorate) {
      yield error(
        server.path,
        `Proxmox cluster "${actual.name}" has no quorum, so nothing can be changed; start its other members`,
      );
    }
    if (written && written !== actual.name) {
      yield error(
        path,
        `"${server.key}" is a member of "${actual.name}", not of "${written}"; write "${actual.name}"`,
      );
    } else if (!written) {
      const others = [...answered].filter(
        ([key, { clusterStatus }]) =>
          key !== server.key && clusterStatus.ok && clusterIn(clusterStatus.value)?.name === actual.name,
      );
      const message = `"${server.key}" is a member of Proxmox cluster "${actual.name}"; write proxmox_cluster: ${actual.name}`;
      if (others.length === 0) yield warning(server.path, message);
      else
        yield error(
          server.path,
          `${message}, also for ${list(others.map(([key]) => key))}: they share VMIDs`,
        );
    }
  },
);

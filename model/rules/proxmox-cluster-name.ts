import { clusterRule, error } from './lib/rule';

export const proxmoxClusterName = clusterRule(
  'proxmox-cluster-name',
  'A `proxmox_cluster` is not called like a server outside of it, since both name what they own',
  function* ({ servers }) {
    const siteOf = new Map(servers.map(({ key, site }) => [key, site]));
    for (const { siteName, site, path } of servers) {
      const other = siteOf.get(siteName);
      if (other === undefined || other === site) continue;
      const message = `"${siteName}" is also the key of a server that is not in this Proxmox cluster; rename one`;
      yield error([...path, 'proxmox_cluster'], message);
    }
  },
);

import { ROLE_FACTS } from '../cluster/roles';
import { NETWORK_NAMES, NETWORKS } from './lib/addresses';
import { lacking } from './lib/lacking';
import { clusterRule, isBroken } from './lib/rule';

export const ipMissing = clusterRule(
  'ip-missing',
  'Every NIC has an address: written, or derived from the first address of its role',
  function* (cluster) {
    for (const network of NETWORK_NAMES) {
      const { ip, first } = NETWORKS[network];
      const nodes = cluster.nodes.filter(
        ({ role, nics }) =>
          nics.some((nic) => nic.network === network && nic.ip === undefined && !nic.derivedIp) &&
          !isBroken(cluster, ['defaults', ROLE_FACTS[role].key, first]),
      );
      yield* lacking(cluster, nodes, ip, (who, [{ role, path }]) => {
        const place = `${first} in defaults.${ROLE_FACTS[role].key}`;
        const repair = path[0] === 'node_pools' ? place : `${ip}, or ${place}`;
        return `no address in the ${network} network for ${who}; write ${repair}`;
      });
    }
  },
);

import { NETWORK_NAMES, NETWORKS } from './lib/addresses';
import { clusterRule, error } from './lib/rule';

export const vlanRange = clusterRule(
  'vlan-range',
  'VLAN tags are 1 to 4094, or 0 for none',
  function* ({ definition }) {
    for (const network of NETWORK_NAMES) {
      const { config } = NETWORKS[network];
      const vlan = definition[config]?.vlan_id;
      if (vlan === undefined || (Number.isInteger(vlan) && vlan >= 0 && vlan <= 4094)) continue;
      yield error([config, 'vlan_id'], `${vlan} is not a VLAN tag; use 1-4094, or 0 for none`);
    }
  },
);

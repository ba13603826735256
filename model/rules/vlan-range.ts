import { NETWORK_NAMES, NETWORKS } from './lib/addresses';
import { clusterRule, error } from './lib/rule';
import { sizeProblem, SIZES } from './lib/sizes';

export const vlanRange = clusterRule(
  'vlan-range',
  'VLAN tags are 1 to 4094, or 0 for none',
  function* ({ definition }) {
    for (const network of NETWORK_NAMES) {
      const { config } = NETWORKS[network];
      const vlan = definition[config]?.vlan_id;
      const problem = vlan === undefined ? undefined : vlanProblem(vlan);
      if (problem !== undefined) yield error([config, 'vlan_id'], problem);
    }
  },
);

/** What is wrong with a VLAN tag; `undefined` if nothing. */
export const vlanProblem = (vlan: number): string | undefined =>
  sizeProblem(vlan, SIZES.vlan_id) === undefined
    ? undefined
    : `${vlan} is not a VLAN tag; use 1-${SIZES.vlan_id.max}, or 0 for none`;

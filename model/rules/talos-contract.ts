import { parseVersion } from '../talos/versions';
import { clusterRule, error } from './lib/rule';

export const talosContract = clusterRule(
  'talos-contract',
  'The version that the cluster was created with is exact and not newer than the one that it runs',
  function* ({ definition: { talos_contract: contract }, talosVersion }) {
    if (contract === undefined) return;
    const [born, now] = [parseVersion(contract), parseVersion(talosVersion)];
    if (!born || !contract.startsWith('v')) {
      yield error(['talos_contract'], `"${contract}" is not one exact version; write it like v1.11.5`);
    } else if (now && (born.major > now.major || (born.major === now.major && born.minor > now.minor))) {
      yield error(
        ['talos_contract'],
        `the cluster cannot be created with ${contract} and run ${talosVersion}; write the older of the two here`,
      );
    }
  },
);

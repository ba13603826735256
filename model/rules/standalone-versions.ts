import { FIRST_MINOR, talosMinor } from '../talos/talos-forms';
import { NEWEST_MINOR } from '../talos/kinds';
import { parseVersion } from '../talos/versions';
import { clusterRule, error } from './lib/rule';

export const standaloneVersions = clusterRule(
  'standalone-versions',
  'A cluster without Omni names its Kubernetes version, and is created with a Talos version whose documents are made here',
  function* ({ management, definition, talosContract }) {
    if (management.kind !== 'standalone') return;
    if (definition.kubernetes_version === undefined)
      yield error(
        ['kubernetes_version'],
        'is missing, and machine configurations must name it; write the version that the cluster is to run, like v1.34.1',
      );
    const minor = talosMinor(talosContract);
    if (!parseVersion(talosContract) || (minor >= FIRST_MINOR && minor <= NEWEST_MINOR)) return;
    const at = [definition.talos_contract === undefined ? 'talos_version' : 'talos_contract'];
    if (minor < FIRST_MINOR)
      yield error(
        at,
        `"${talosContract}" is older than v1.${FIRST_MINOR}.0, the first version that configurations are made for; raise it`,
      );
    else
      yield error(
        at,
        `a cluster created with ${talosContract} has nearly every setting in a document of its own, which are not made here yet and refused in the older form; write talos_contract: v1.${NEWEST_MINOR}.0, which Talos ${talosContract} takes as well`,
      );
  },
);

import { clusterRule, warning } from './lib/rule';

export const liveMigrationIdentity = clusterRule(
  'live-migration-identity',
  'A VM of an Omni cluster is not under Proxmox HA: a live migration can break its identity in Omni',
  function* ({ nodes, management }) {
    if (management.kind !== 'omni' || management.endpoint === undefined) return;
    for (const { name, ha, where } of nodes) {
      if (!ha) continue;
      const message = `HA may migrate "${name}" while it runs, and Omni may then take it for another machine; write ha: false`;
      yield warning(where('ha'), message);
    }
  },
);

import { clusterRule, error } from './lib/rule';

export const haPlacement = clusterRule(
  'ha-placement',
  'A VM under Proxmox HA is in a Proxmox cluster and has no GPU, so that it can run on another host',
  function* ({ nodes, definition }) {
    for (const { name, ha, server, gpuMappings, where } of nodes) {
      if (!ha || !server) continue;
      if (!definition.proxmox_servers?.[server.key]?.proxmox_cluster) {
        const message = `"${name}" is on the standalone server "${server.key}", where HA has nowhere to move it; write ha: false, or the proxmox_cluster of the server`;
        yield error(where('ha'), message);
      } else if (gpuMappings.length > 0) {
        const message = `"${name}" has ${gpuMappings.join(', ')}, which cannot move with it; write ha: false`;
        yield error(where('ha'), message);
      }
    }
  },
);

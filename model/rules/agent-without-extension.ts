import { droppedExtensions, GUEST_AGENT, hasExtension } from '../talos/extensions';
import { brokenSomewhere, byPlace } from './lib/places';
import { clusterRule, error, warning } from './lib/rule';

export const agentWithoutExtension = clusterRule(
  'agent-without-extension',
  'The guest agent is on only where the image has siderolabs/qemu-guest-agent',
  function* (cluster) {
    if (brokenSomewhere(cluster, 'system_extensions')) return;
    const silent = cluster.nodes.filter(
      ({ agent, systemExtensions }) => agent && !hasExtension(systemExtensions, GUEST_AGENT),
    );
    for (const { path, nodes } of byPlace(silent, 'vm_qemu_agent')) {
      // A list that drops the extension from the list of the cluster is told by another rule.
      if (nodes.every((node) => droppedExtensions(cluster, node.systemExtensions).includes(GUEST_AGENT)))
        continue;
      // A starter cluster that runs must stay importable.
      const report = cluster.source.starter ? warning : error;
      yield report(
        path,
        `the guest agent is on but ${GUEST_AGENT} is not in system_extensions, so every plan waits for it; add it there, or set vm_qemu_agent: false`,
      );
    }
  },
);

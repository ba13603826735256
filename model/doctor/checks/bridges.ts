import { error, warning, type Finding } from '../../rules/lib/rule';
import { oneOf } from '../../rules/lib/names';
import type { NetworkInterface } from '../../proxmox/answers';
import { liveCheck, need } from '../lib/check';
import { bridgeUses, networkKey, type BridgeUse } from '../lib/places';

const DEFAULT_MTU = 1500;

const isBridge = ({ type }: NetworkInterface): boolean => /^(bridge|OVSBridge|vnet)$/.test(type);

export const bridges = liveCheck('live-object-missing', 'bridges', function* (context) {
  const interfaces = need(context.live.interfaces);
  const known = interfaces.filter(isBridge);
  for (const use of bridgeUses(context)) {
    const bridge = known.find(({ iface }) => iface === use.bridge);
    if (!bridge) {
      const offer =
        known.length > 0 ? oneOf(use.bridge, known.map(({ iface }) => iface).sort()) : 'create it';
      yield error(use.path, `no bridge "${use.bridge}" on node "${context.server.nodeName}"; ${offer}`);
      continue;
    }
    yield* vlanProblem(use, bridge, context.server.key);
    yield* mtuProblem(use, bridge, interfaces, context.server.key);
  }
});

/** Proxmox makes a bridge of its own for the VLAN where a Linux bridge knows none, which takes a physical port. */
function* vlanProblem(use: BridgeUse, bridge: NetworkInterface, key: string): Generator<Finding> {
  if (use.vlanId === 0 || bridge.type !== 'bridge' || bridge.bridge_vlan_aware) return;
  const path = [networkKey(use), 'vlan_id'];
  const aware = 'make it VLAN aware';
  if (bridge.bridge_ports.length === 0) {
    yield error(
      path,
      `bridge "${use.bridge}" of "${key}" is not VLAN aware and has no port, so VMs with VLAN ${use.vlanId} do not start; ${aware}`,
    );
  } else {
    yield warning(
      path,
      `bridge "${use.bridge}" of "${key}" is not VLAN aware, so Proxmox makes "${use.bridge}v${use.vlanId}" beside it; ${aware}`,
    );
  }
}

function* mtuProblem(
  use: BridgeUse,
  bridge: NetworkInterface,
  interfaces: readonly NetworkInterface[],
  key: string,
): Generator<Finding> {
  // A NIC with MTU 1 takes that of its bridge.
  if (use.mtu === undefined || use.mtu === 1 || bridge.type === 'vnet') return;
  const ports = interfaces.filter(({ iface }) => bridge.bridge_ports.includes(iface));
  const largest = bridge.mtu ?? Math.min(...ports.flatMap(({ mtu }) => mtu ?? []), Infinity);
  const mtu = Number.isFinite(largest) ? largest : DEFAULT_MTU;
  if (use.mtu <= mtu) return;
  yield error(
    [networkKey(use), 'mtu'],
    `${use.mtu} is more than the ${mtu} of bridge "${use.bridge}" on "${key}", so VMs do not start; raise it there or write ${mtu}`,
  );
}

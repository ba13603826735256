import { isMac, isUnicast } from '../cluster/identity/mac';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { toMac, toUnicast } from './lib/macs';
import { clusterRule, error, warning } from './lib/rule';

export const macFormat = clusterRule(
  'mac-format',
  'MAC addresses are six octets with colons, unicast, in upper case',
  function* ({ definition }) {
    for (const { key } of ROLES.map((role) => ROLE_FACTS[role])) {
      for (const [i, node] of (definition[key] ?? []).entries()) {
        for (const name of ['mac_address', 'storage_mac_address'] as const) {
          const mac = node[name];
          // "" means derive it.
          if (!mac) continue;
          const path = [key, i, name];
          const upper = mac.toUpperCase();
          const problem = macProblem(mac);
          if (problem !== undefined) yield error(path, problem);
          else if (mac !== upper) {
            yield warning(path, `${mac} is in lower case and emitted in upper case; write ${upper}`);
          }
        }
      }
    }
  },
);

/** What is wrong with a MAC address; `undefined` if a NIC can have it. */
export function macProblem(mac: string): string | undefined {
  if (!isMac(mac)) {
    const repair = toMac(mac, 6) ?? 'six octets, e.g. BC:24:11:02:00:00';
    return `"${mac}" is not a MAC address; write ${repair}`;
  }
  if (isUnicast(mac)) return undefined;
  return `${mac} is multicast, its second digit is odd; write e.g. ${toUnicast(mac.toUpperCase())}`;
}

import { isMacPrefix, isUnicast } from '../cluster/identity/mac';
import { toMac, toUnicast } from './lib/macs';
import { clusterRule, error } from './lib/rule';

export const macPrefix = clusterRule(
  'mac-prefix',
  'The MAC prefix is three octets with colons, unicast',
  function* ({ definition }) {
    const prefix = definition.mac_address_prefix;
    if (prefix === undefined) return;
    const path = ['mac_address_prefix'];
    if (!isMacPrefix(prefix)) {
      const repair = toMac(prefix, 3) ?? toMac(prefix, 6)?.slice(0, 8);
      const otherwise = 'three octets, e.g. BC:24:11 or 02:AB:01';
      yield error(path, `"${prefix}" is not a MAC prefix; write ${repair ?? otherwise}`);
    } else if (!isUnicast(prefix)) {
      const repair = toUnicast(prefix);
      yield error(path, `${prefix} is multicast, its second digit is odd; write e.g. ${repair}`);
    }
  },
);

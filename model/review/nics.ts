import type { Change } from './types';
import { asList, asText, asValues, same, type Values } from '../terraform/values';
import { own } from '../support/json';

const LABELS: Readonly<Record<string, string>> = { mac_address: 'MAC', vlan_id: 'VLAN', mtu: 'MTU' };

/** `enabled` is deprecated and read back as true. */
const IGNORED = new Set(['enabled']);

/** What changes about the NICs; all of it while the VM runs. */
export function nicChanges(before: Values, after: Values): Change[] {
  const nics = (vm: Values) => asList(vm['network_device']).map(asValues);
  const [old, now] = [nics(before), nics(after)];
  return Array.from({ length: Math.max(old.length, now.length) }, (_, i) => i).flatMap((i): Change[] => {
    const [from, to] = [old[i], now[i]];
    if (from && to) return changesOf(`net${i}`, from, to);
    return [{ what: `net${i}`, from: describe(from), to: describe(to), effect: 'hot' }];
  });
}

function changesOf(slot: string, from: Values, to: Values): Change[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys
    .filter((key) => !IGNORED.has(key) && !same(from[key], to[key]))
    .map((key) => ({
      what: `${own(LABELS, key) ?? key} of ${slot}`,
      from: asText(from[key]) || 'none',
      to: asText(to[key]) || 'none',
      effect: 'hot',
    }));
}

const describe = (nic: Values | undefined): string =>
  nic ? `${asText(nic['mac_address'])} on ${asText(nic['bridge'])}` : 'none';

import { COMPUTED, vmArgument, WHOLE } from '../terraform/arguments';
import { diskChanges, type DiskEffects } from './disks';
import { nicChanges } from './nics';
import { megabytes } from './sizes';
import type { Change } from './types';
import { asList, asText, asValues, isUnset, same, type Side } from '../terraform/values';

/** What changes in a VM, argument by argument; disks and NICs by their slot, whatever their place in a list. */
export function vmChanges(before: Side, after: Side, disks?: DiskEffects): Change[] {
  const [old, now] = [before.masked(), after.masked()];
  return [...walk('', before, after), ...diskChanges(old, now, disks), ...nicChanges(old, now)];
}

const APART: ReadonlySet<string> = new Set(['disk', 'network_device']);

function walk(path: string, before: Side, after: Side): Change[] {
  if (COMPUTED.has(path) || APART.has(path) || same(before.value, after.value)) return [];
  if (path === 'hostpci') return mappings(before, after);
  if (!isNested(before) && !isNested(after)) return leaf(path, before, after);
  if (WHOLE.has(path)) return leaf(path, before, after);
  return keysOf(before, after).flatMap((key) => {
    // The one element of a block has no place in the path: `cpu.cores`, not `cpu.0.cores`.
    const next = /^\d+$/.test(key) ? path : path === '' ? key : `${path}.${key}`;
    return walk(next, before.get(key), after.get(key));
  });
}

const isNested = ({ value }: Side): boolean => typeof value === 'object' && value !== null && !isUnset(value);

const keysOf = (...sides: readonly Side[]): string[] => [
  ...new Set(
    sides.flatMap(({ value }) => (typeof value === 'object' && value !== null ? Object.keys(value) : [])),
  ),
];

function leaf(path: string, before: Side, after: Side): Change[] {
  // Not known yet means: computed, and nobody has set it.
  if (after.isUnknown && isUnset(after.value)) return [];
  const { label, effect, unit } = vmArgument(path);
  const text = (side: Side) =>
    unit === 'mb' && typeof side.value === 'number' ? megabytes(side.value) : addresses(path, side);
  return [{ what: label, from: text(before), to: text(after), effect }];
}

/** Static addresses as they are written: `192.168.10.112/24`. */
function addresses(path: string, side: Side): string {
  if (path !== 'initialization.ip_config') return side.text();
  const all = asList(side.value).flatMap((config) =>
    ['ipv4', 'ipv6'].flatMap((version) => asList(asValues(config)[version])),
  );
  return all.map((one) => asText(asValues(one)['address'])).join(', ') || side.text();
}

function mappings(before: Side, after: Side): Change[] {
  const names = ({ value }: Side) =>
    asList(value)
      .map((device) => asText(asValues(device)['mapping']))
      .join(', ');
  const [from, to] = [names(before), names(after)];
  const { label, effect } = vmArgument('hostpci');
  return [{ what: label, from: from || 'none', to: to || 'none', effect }];
}

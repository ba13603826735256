/** Mappings of PCI devices, held against what the server has. */
import { parseProperties } from '../formats/property-string';
import type { Mapping, Node } from '../store/types';

type Entry = Readonly<Record<string, string>>;

/** What a mapping says of a node. */
export const entriesOn = (mapping: Mapping | undefined, { name }: Node): Entry[] =>
  (mapping?.map ?? []).map((entry) => parseProperties(entry)).filter(({ node }) => node === name);

/**
 * What a mapping says and the device is not, or the other way round. Everything is compared as text, so ids in upper
 * case match nothing: the kernel spells them in lower case.
 */
export function mismatch(node: Node, mapping: Mapping, entry: Entry): string | undefined {
  const paths = (entry['path'] ?? '').split(';');
  for (const [index, path] of paths.entries()) {
    const full = /\.[a-f0-9]/i.test(path) ? path : `${path}.0`;
    const device = node.pci.find((candidate) => candidate.path === full);
    if (!device) return `pci device '${full}' not found`;
    const found: Record<string, readonly [expected: string | undefined, configured: string | undefined]> = {
      id: [device.id, entry['id']],
      // Of several devices the first one tells the group.
      ...(index > 0 ? {} : { iommugroup: [String(device.iommuGroup ?? -1), entry['iommugroup']] }),
      mdev: [flag(device.mdev), flag(mapping.mdev)],
      'subsystem-id': [device.subsystemId, entry['subsystem-id']],
    };
    const problem = Object.entries(found)
      .map(([name, pair]) => compare(name, pair, mapping.id, full))
      .find((text) => text !== undefined);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const flag = (value = false): string => (value ? '1' : '0');

function compare(
  name: string,
  [expected, configured]: readonly [string | undefined, string | undefined],
  mapping: string,
  path: string,
): string | undefined {
  if (expected === configured) return undefined;
  if (configured === undefined) return `missing expected property '${name}' for device '${path}'`;
  if (expected === undefined) return `unexpected property '${name}' configured for device '${path}'`;
  return `'${name}' does not match for '${mapping}' (${expected} != ${configured})`;
}

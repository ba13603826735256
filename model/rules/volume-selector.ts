import type { DataDiskInput } from '../cluster/definition/schema';
import type { SettingsBlock } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { clusterRule, error, type Finding } from './lib/rule';

/** QEMU cuts longer serial numbers, and a cut one selects nothing. */
const MAX_SERIAL = 20;

export const volumeSelector = clusterRule(
  'volume-selector',
  'Data disks have names of a-z, 0-9 and hyphens, and serial numbers of at most 20 characters, each once in a VM',
  function* ({ settings }) {
    for (const block of settings) {
      if (block.values['data_disks'] !== undefined) yield* disksOf(block);
    }
  },
);

function* disksOf({ path, values }: SettingsBlock): Generator<Finding> {
  const all = values['data_disks'] as DataDiskInput[];
  const names = new Map<string, string>();
  const serials = new Map([['os', 'the OS disk']]);
  if (values['data_disk_size_gb']) {
    names.set('data-1', 'data_disk_size_gb');
    serials.set('data-1', 'data_disk_size_gb');
  }
  for (const [i, { name, serial, slot, size_gb }] of all.entries()) {
    if (size_gb === 0) continue;
    const disk = `data_disks[${i}]`;
    const at = [...path, 'data_disks', i];
    const fallback = `data-${slot ?? (all.length === 1 ? 1 : '?')}`;
    if (name !== undefined && !/^[a-z0-9-]+$/.test(name)) {
      const fixed = name.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
      yield error(
        [...at, 'name'],
        `only a-z, 0-9 and hyphens in the name of a disk, not "${name}"; use "${fixed}"`,
      );
      continue;
    }
    const sameName = name !== undefined && names.get(name);
    if (sameName) {
      yield error(
        [...at, 'name'],
        `"${name}" is also the name of ${sameName}; give each disk of a VM its own`,
      );
      continue;
    }
    names.set(name ?? fallback, disk);

    const key = serial !== undefined ? 'serial' : name !== undefined ? 'name' : undefined;
    const value = serial ?? name ?? fallback;
    const finding = key && serialProblem([...at, key], value, key, serials.get(value));
    if (finding) yield finding;
    else serials.set(value, disk);
  }
}

function serialProblem(
  path: Path,
  value: string,
  key: 'serial' | 'name',
  owner: string | undefined,
): Finding | undefined {
  const instead = key === 'name' ? 'shorten it or add a serial' : 'shorten it';
  if (value.length > MAX_SERIAL) {
    return error(
      path,
      `"${value}" has ${value.length} characters, a serial number at most ${MAX_SERIAL}; ${instead}`,
    );
  }
  if (!/^[A-Za-z0-9_-]+$/.test(value)) {
    return error(path, `only letters, digits, "_" and "-" in a serial number, not "${value}"; correct it`);
  }
  if (owner)
    return error(
      path,
      `"${value}" is also the serial number of ${owner}, so Talos could take either; change it`,
    );
  return undefined;
}

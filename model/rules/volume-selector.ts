import { OS_DISK, placeOf } from '../cluster/definition/data-disks';
import type { DataDiskDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';
import { clusterRule, error, type Finding } from './lib/rule';

/** QEMU cuts longer serial numbers, and a cut one selects nothing. */
const MAX_SERIAL = 20;

export const volumeSelector = clusterRule(
  'volume-selector',
  'Data disks have names of a-z, 0-9 and hyphens, and serial numbers of at most 20 characters, each once in a VM',
  function* ({ dataDisks }) {
    for (const disks of dataDisks) yield* disksOf(disks);
  },
);

function* disksOf(disks: readonly DataDiskDraft[]): Generator<Finding> {
  const names = new Map<string, DataDiskDraft>();
  const serials = new Map<string, string>([[OS_DISK.serial, 'the OS disk']]);
  for (const disk of disks) {
    const { name, serial, label, written } = disk;
    if (written.name !== undefined && !/^[a-z0-9-]+$/.test(written.name)) {
      const fixed = written.name.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
      yield error(
        placeOf(disk, 'name'),
        `only a-z, 0-9 and hyphens in the name of a disk, not "${name}"; use "${fixed}"`,
      );
      continue;
    }
    const owner = name === undefined ? undefined : names.get(name);
    // Two that are named by the same slot: that is told by another rule.
    const bySlot = owner && written.name === undefined && owner.written.name === undefined;
    if (owner && !bySlot) {
      yield error(
        placeOf(disk, 'name'),
        `"${name}" is also the name of ${owner.label}; give each disk of a VM its own`,
      );
      continue;
    }
    if (name !== undefined && !owner) names.set(name, disk);

    if (serial === undefined || (bySlot && written.serial === undefined)) continue;
    const key = written.serial === undefined ? 'name' : 'serial';
    const finding = serialProblem(placeOf(disk, key), serial, key, serials.get(serial));
    if (finding) yield finding;
    else serials.set(serial, label);
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

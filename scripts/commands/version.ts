import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Io } from '../../model/diagnostics/io';
import { findProgram, PINS, PROGRAMS, type ProgramName } from '../lib/project/programs';
import { PACKAGE_ROOT } from '../lib/project/project';

/** Prints what a report of a fault needs: versions of this program, of providers, and of the programs that are called. */
export async function runVersion(io: Io): Promise<number> {
  const names = Object.keys(PROGRAMS) as ProgramName[];
  const found = await Promise.all(names.map((name) => findProgram(name)));
  const rows = [
    ['talos-proxmox', ownVersion()],
    ['node', process.versions.node],
    ...Object.entries(PINS.providers).map(([source, version]) => [`provider ${source}`, version]),
    ...names.map((name, i) => {
      const program = found[i];
      const from = program && program.command !== PROGRAMS[name].name ? ` (${program.command})` : '';
      return [name, program ? `${program.version ?? 'says no version'}${from}` : 'not found'];
    }),
  ];
  const width = Math.max(...rows.map(([title = '']) => title.length));
  for (const [title = '', text = ''] of rows) io.out(`${title.padEnd(width)}  ${text}\n`);
  return 0;
}

/** Version of the package that this file is in. */
function ownVersion(): string {
  const manifest = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

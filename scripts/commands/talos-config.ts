import { writeFileSync } from 'node:fs';
import type { Io } from '../../model/diagnostics/io';
import { errorCode } from '../../model/support/files';
import { fail } from '../lib/platform/io';
import { chooseCluster } from '../lib/project/choose-cluster';
import { talosconfig } from '../lib/talos/access';
import { loadBundle } from '../lib/talos/bundle';
import { addressOf } from '../lib/talos/nodes';
import { createTalosctl } from '../lib/talos/talosctl';
import { standaloneOf } from './standalone/context';
import { parseDocument } from 'yaml';

export interface TalosConfigOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** File that gets the talosconfig; it must not exist. */
  readonly output: string;
}

/**
 * Writes a talosconfig for people, with the control planes as endpoints and no nodes: with nodes in it, `talosctl upgrade` alone
 * would mean all of them at once.
 *
 * @returns 0 written; 1 failed
 */
export async function runTalosConfig(
  options: TalosConfigOptions,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { name, management, nodes } = chosen.cluster;
  if (management.kind !== 'standalone')
    return fail(
      [`error: ${name} has management: ${management.kind}, and no talosconfig is made of it here`],
      io,
    );
  const loaded = await loadBundle(chosen);
  if ('problems' in loaded)
    return fail(
      loaded.problems.map((problem) => `error: ${problem}`),
      io,
    );
  const { endpoint } = standaloneOf(chosen.cluster);
  const made = await talosconfig(createTalosctl({ signal }), { name, endpoint, bundle: loaded.bundle });
  if ('problem' in made) return fail([`error: ${made.problem.message}`], io);
  const document = parseDocument(made.text);
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
  document.setIn(['contexts', name, 'endpoints'], controlPlanes.map(addressOf));
  try {
    writeFileSync(options.output, document.toString(), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const why = errorCode(cause) === 'EEXIST' ? 'exists already' : `cannot be written (${errorCode(cause)})`;
    return fail([`error: ${options.output} ${why}; name another file`], io);
  }
  io.err(`${options.output}: written; it opens the cluster to whoever reads it, for a year\n`);
  return 0;
}

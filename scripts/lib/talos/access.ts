import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretsBundle } from '../../../model/talos/secrets-bundle';
import type { Io } from '../../../model/diagnostics/io';
import type { TemporaryFolder } from '../platform/temporary';
import { secretFolder } from './memory';
import type { TalosProblem } from './problems';
import type { CallOptions, Talosctl } from './talosctl';

/** What talosctl may do in one cluster, for as long as a command runs. */
export interface TalosAccess {
  readonly talosctl: Talosctl;
  readonly bundle: SecretsBundle;
  /** For what talosctl takes from files only. */
  readonly folder: string;
  /** Calls talosctl for one node, at its own address: an answer by way of another would be about that one too. */
  ask(address: string, args: readonly string[], options?: CallOptions): ReturnType<Talosctl['call']>;
}

/**
 * Makes a talosconfig out of the secrets of a cluster for as long as some work takes. It names no nodes: whoever forgets to name
 * one must not reach all of them.
 */
export async function withAccess<Result>(
  talosctl: Talosctl,
  cluster: { readonly name: string; readonly endpoint: string; readonly bundle: SecretsBundle },
  io: Io,
  work: (access: TalosAccess) => Promise<Result>,
): Promise<Result | { readonly problem: TalosProblem }> {
  const config = await talosconfig(talosctl, cluster);
  if ('problem' in config) return config;
  const folder: TemporaryFolder = secretFolder(() => io.err(ON_DISK));
  try {
    const file = join(folder.path, 'talosconfig');
    writeFileSync(file, config.text, { mode: 0o600 });
    const env = { TALOSCONFIG: file };
    return await work({
      talosctl,
      bundle: cluster.bundle,
      folder: folder.path,
      ask: (address, args, options) =>
        talosctl.call([...args, '--nodes', address, '--endpoints', address], {
          ...options,
          env: { ...options?.env, ...env },
        }),
    });
  } finally {
    folder.remove();
  }
}

/** A talosconfig with a certificate for a year, made anew each time. */
export function talosconfig(
  talosctl: Talosctl,
  {
    name,
    endpoint,
    bundle,
  }: { readonly name: string; readonly endpoint: string; readonly bundle: SecretsBundle },
): ReturnType<Talosctl['call']> {
  const args = ['gen', 'config', name, endpoint, '--with-secrets', '/dev/stdin'];
  return talosctl.call([...args, '--output-types', 'talosconfig', '--output', '-'], { input: bundle.text });
}

const ON_DISK =
  'note: this system has no folder in memory (XDG_RUNTIME_DIR, /dev/shm): while this command runs, the talosconfig of the cluster is in a temporary folder on disk, for you alone\n';

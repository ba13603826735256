import { existsSync, readFileSync } from 'node:fs';
import type { Io } from '../../model/diagnostics/io';
import { errorCode } from '../../model/support/files';
import { checkBundle, isControlPlaneConfig } from '../../model/talos/secrets-bundle';
import { fail } from '../lib/platform/io';
import { chooseCluster } from '../lib/project/choose-cluster';
import { decryptFile } from '../lib/project/sops';
import { bundleFile } from '../lib/talos/bundle';
import { parseClear, type Clear } from '../lib/talos/clear-bundle';
import { sealBundle, writeOnce } from '../lib/talos/store-bundle';
import { readSecretsOfState } from '../lib/talos/state-bundle';
import { checkVersion, createTalosctl, type Talosctl } from '../lib/talos/talosctl';

export interface TalosSecretsOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** A bundle that exists, or the machine configuration of a control plane; both may be encrypted with SOPS. */
  readonly from?: string;
}

/**
 * Makes the secrets of a cluster, or takes over those that it has, into a file that only its team can read. There is just one
 * chance for it, because a cluster keeps them for life: an existing file is never touched.
 *
 * @returns 0 written; 1 failed, and nothing was written
 */
export async function runTalosSecrets(options: TalosSecretsOptions, io: Io): Promise<number> {
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const { name, talosVersion } = chosen.cluster;
  const file = bundleFile(chosen);
  const refuse = (problem: string): number => fail([`error: ${problem}`, 'nothing written'], io);
  if (existsSync(file))
    return refuse(
      `${file} exists already, and the cluster lives by it; it is never written over. To begin with other secrets, before there is a cluster, remove it yourself`,
    );
  const talosctl = createTalosctl();
  const version = await checkVersion(talosctl, talosVersion);
  if ('problem' in version) return refuse(version.problem.message);
  const { management } = chosen.cluster;
  const isTerraform = management.kind === 'standalone' && management.engine === 'terraform';
  const clear = await (options.from !== undefined
    ? takenOver(talosctl, options.from)
    : isTerraform
      ? readSecretsOfState(chosen)
      : made(talosctl));
  if ('problem' in clear) return refuse(clear.problem);
  const checked = checkBundle(clear.value, clear.text, new Date());
  if ('problems' in checked)
    return fail(
      [...checked.problems.map((one) => `error: ${options.from ?? 'talosctl'}: ${one}`), 'nothing written'],
      io,
    );
  const sealed = await sealBundle(file, clear.text);
  if ('problem' in sealed) return refuse(sealed.problem);
  const problem = writeOnce(sealed);
  if (problem !== undefined) return refuse(problem);
  const source = options.from ?? (isTerraform ? 'its Terraform state' : undefined);
  const origin = source === undefined ? 'made' : `taken over from ${source}`;
  io.err(`${file}: written; the secrets of cluster ${name}, ${origin}\n`);
  io.err(`commit ${file}: without it the cluster can be neither changed nor grown\n`);
  if (options.from !== undefined && !options.from.includes('.sops.'))
    io.err(`${options.from} is still there in clear; remove it once this is committed\n`);
  return 0;
}

async function made(talosctl: Talosctl): Promise<Clear> {
  const answer = await talosctl.call(['gen', 'secrets', '--output-file', '-']);
  return 'problem' in answer ? { problem: answer.problem.message } : parseClear(answer.text, 'talosctl');
}

async function takenOver(talosctl: Talosctl, from: string): Promise<Clear> {
  const clear = await readClear(from);
  if ('problem' in clear || !isControlPlaneConfig(clear.value)) return clear;
  const args = ['gen', 'secrets', '--from-controlplane-config', '/dev/stdin', '--output-file', '-'];
  const answer = await talosctl.call(args, { input: clear.text });
  return 'problem' in answer
    ? { problem: `${from}: talosctl finds no secrets in this machine configuration` }
    : parseClear(answer.text, from);
}

/** A file in clear or encrypted with SOPS, as talhelper keeps it. */
async function readClear(file: string): Promise<Clear> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    return { problem: `${file}: cannot be read (${errorCode(cause)}); check the path` };
  }
  const read = parseClear(text, file);
  if ('problem' in read || !isEncrypted(read.value)) return read;
  const decrypted = await decryptFile(file);
  return 'problem' in decrypted ? decrypted : { value: decrypted.value, text: decrypted.json };
}

const isEncrypted = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'sops' in value;

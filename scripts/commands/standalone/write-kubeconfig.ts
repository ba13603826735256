import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Node } from '../../../model/cluster/cluster';
import { errorCode, readIfThere } from '../../../model/support/files';
import type { SecretsBundle } from '../../../model/talos/secrets-bundle';
import { addressOf } from '../../lib/talos/nodes';
import type { Standalone } from './context';
import { firstControlPlane } from './survey';

/** The file that a person has asked for, and whether it is good already. */
export type WantedKubeconfig = { readonly file?: string; readonly isThere: boolean };

/** A file that exists is taken as it is where it is of this cluster, and never written over: it may hold more. */
export function checkKubeconfig(
  file: string | undefined,
  { kubernetesCa }: SecretsBundle,
): WantedKubeconfig | { readonly problem: string } {
  if (file === undefined) return { isThere: false };
  let text: string | undefined;
  try {
    text = readIfThere(file);
  } catch (cause) {
    return { problem: `${file}: cannot be read (${errorCode(cause)}); name another with --kubeconfig` };
  }
  if (text === undefined) return { file, isThere: false };
  if (text.includes(kubernetesCa) && isValid(text)) return { file, isThere: true };
  return {
    problem: `${file} exists, and is no kubeconfig of this cluster with a certificate that is valid; it is not written over: name another with --kubeconfig, or remove it`,
  };
}

/** Whether a client certificate in it has not expired. */
function isValid(text: string): boolean {
  try {
    const config = parse(text) as { users?: { user?: { 'client-certificate-data'?: string } }[] };
    return (config.users ?? []).some(({ user }) => {
      const pem = Buffer.from(user?.['client-certificate-data'] ?? '', 'base64');
      return pem.length > 0 && new Date(new X509Certificate(pem).validTo) > new Date();
    });
  } catch {
    return false;
  }
}

/** Writes a kubeconfig for its owner alone. @param nodes that answer @returns why it could not be done */
export async function writeKubeconfig(
  { cluster, access, io }: Standalone,
  { file, isThere }: WantedKubeconfig,
  nodes: readonly Node[] = cluster.nodes,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  if (isThere) {
    io.err(`${file}: unchanged\n`);
    return undefined;
  }
  const first = firstControlPlane(nodes);
  if (!first) return `cluster ${cluster.name} has no control plane`;
  const answer = await access.ask(addressOf(first), ['kubeconfig', '--merge=false', '-']);
  if ('problem' in answer) return `${first.name}: no kubeconfig: ${answer.problem.message}`;
  try {
    writeFileSync(file, answer.text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    return `${file}: cannot be written (${errorCode(cause)}); check the folder and its permissions`;
  }
  io.err(`${file}: written; it opens the cluster to whoever reads it\n`);
  return undefined;
}

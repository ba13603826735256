import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { targetOf } from '../../scripts/lib/project/workspace';
import { runDoctor } from '../../scripts/commands/doctor';
import type { Pve, Simulation } from '../../simulators/pve';

/** What a run of the command printed. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Writes a definition of simulated servers, as for servers whose certificate is trusted. */
export function writeDefinition(
  { definition, cluster }: Pick<Simulation, 'definition' | 'cluster'>,
  folder: string,
  change: (text: string) => string = (text) => text,
): string {
  const document = parseDocument(change(definition()));
  for (const { key } of cluster.servers) document.deleteIn(['proxmox_servers', key, 'tls_insecure']);
  const file = join(folder, `${cluster.name}.yaml`);
  writeFileSync(file, document.toString());
  return file;
}

/** The environment in which the certificate of simulated servers is trusted. */
export function trusting({ certificate }: Pve, folder: string): Record<string, string> {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, certificate);
  return { SSL_CERT_FILE: file };
}

/** Runs the command in this process. File names are printed without their folder. */
export async function doctor(
  target: string,
  env: Readonly<Record<string, string>>,
  options: { json?: boolean; timeout?: number } = {},
): Promise<Printed> {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runDoctor(
    { ...targetOf(target, 'clusters'), timeout: 10, env: { ...env }, ...options },
    io,
  );
  return { code, out, err: err.replaceAll(/^\S*\//gm, '') };
}

import { existsSync } from 'node:fs';
import { decryptFile } from './sops';

/** Where secrets are looked for, in this order. */
const DEFAULT_FILES = ['secrets.sops.yaml', 'secrets.sops.env'];

/** Variables by name, or what is wrong, all of it; never with a value. */
export type Secrets =
  { readonly variables: Readonly<Record<string, string>> } | { readonly problems: readonly string[] };

/**
 * Variables that Terraform, its backends and Omni read. Anything else in the environment of a program could do more than
 * bring a secret: PATH, LD_PRELOAD or NODE_OPTIONS run code.
 */
const ALLOWED = [
  'TF_VAR_*', 'TF_TOKEN_*', 'TF_HTTP_*', 'PROXMOX_*', 'OMNI_*',
  'AWS_*', 'ARM_*', 'GOOGLE_*', 'CONSUL_HTTP_*', 'TENCENTCLOUD_*', 'ALICLOUD_*', 'PG_CONN_STR', 'PGPASSWORD',
]; // prettier-ignore

const isAllowed = (name: string): boolean =>
  /^\w+$/.test(name) &&
  ALLOWED.some((known) =>
    known.endsWith('*') ? name.startsWith(known.slice(0, -1)) && name.length >= known.length : name === known,
  );

/** Decrypts a file with the real `sops`: through a pipe, never to disk. */
export async function readSecrets(
  file: string | undefined = DEFAULT_FILES.find((name) => existsSync(name)),
): Promise<Secrets> {
  if (file === undefined || !existsSync(file)) {
    const repair = 'make one with sops (docs/guide/secrets-and-state.md), or name another with --file';
    return { problems: [`${file ?? DEFAULT_FILES.join(', ')}: no such file; ${repair}`] };
  }
  const decrypted = await decryptFile(file);
  return 'problem' in decrypted ? { problems: [decrypted.problem] } : checkVariables(file, decrypted.value);
}

function checkVariables(file: string, decrypted: unknown): Secrets {
  if (typeof decrypted !== 'object' || decrypted === null || Array.isArray(decrypted))
    return { problems: [`${file}: not a list of variables; write one NAME: value per line`] };
  const variables: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(decrypted)) {
    const problem = isAllowed(name)
      ? valueProblem(file, value)
      : `not a name for a secret; allowed: ${ALLOWED.join(', ')}`;
    if (problem !== undefined) problems.push(`${file}: ${name}: ${problem}`);
    else variables[name] = String(value);
  }
  return problems.length > 0 ? { problems } : { variables };
}

function valueProblem(file: string, value: unknown): string | undefined {
  if (!['string', 'number', 'boolean'].includes(typeof value)) return 'not one value; write NAME: value';
  const text = String(value);
  if (text === '') return 'empty; write the secret, or take the line out';
  if (text.includes('\0')) return 'has a NUL character, which an environment cannot hold';
  if (file.endsWith('.env') && /^(["']).*\1$/s.test(text))
    return 'in quotes, which sops keeps as a part of a .env value; write it without';
  return undefined;
}

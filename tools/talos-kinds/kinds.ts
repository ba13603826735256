/**
 * `npm run kinds`: writes `model/talos/kinds.ts`, the documents and keys that each minor of Talos knows, from the source of the
 * pinned machinery. `npm run kinds:check` only says whether it is current. Exit code 1 where it is not, or cannot be made.
 */
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { run } from '../../scripts/lib/platform/exec';
import { writeIfChanged } from '../../scripts/lib/platform/files';
import { readIfThere } from '../../model/support/files';
import { GO_ENV, goFailure } from '../go-build';
import { PROJECT_ROOT } from '../paths';
import { kindsSource, knowledgeSchema, type Knowledge } from './source';

const FILE = join(PROJECT_ROOT, 'model/talos/kinds.ts');

/** Asks the Go program; only it reads Go. */
async function readMachinery(): Promise<Knowledge> {
  const go = await run('go', ['run', '.'], { cwd: __dirname, env: GO_ENV, timeout: 600_000 });
  if (go.code !== 0) throw new Error(goFailure(go, 'reading the machinery of Talos').how);
  return knowledgeSchema.parse(JSON.parse(go.stdout));
}

async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  try {
    const options = { ...(await resolveConfig(FILE)), parser: 'typescript' };
    const source = await format(kindsSource(await readMachinery()), options);
    const isCurrent = readIfThere(FILE) === source;
    if (!isCurrent && !check) writeIfChanged(FILE, source);
    const state = isCurrent ? 'is current' : check ? 'differs, run npm run kinds' : 'written';
    process.stdout.write(`model/talos/kinds.ts: ${state}\n`);
    return check && !isCurrent ? 1 : 0;
  } catch (cause) {
    process.stderr.write(`error: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return 1;
  }
}

if (require.main === module) void main(process.argv.slice(2)).then((code) => (process.exitCode = code));

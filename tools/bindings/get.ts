/**
 * `npm run get`: makes `.gen` what `schemas/` says. `npm run get:check`: only says whether it is, and whether all
 * places agree on the providers' versions; for CI. Exit code 1 on any difference.
 */
import { relative } from 'node:path';
import { rmSync } from 'node:fs';
import { PROJECT_ROOT } from '../paths';
import { applyDifferences, compareFolders, listFiles, type FileDifference } from './folder-diff';
import { bindingsFolder, generateBindings, readVersionSources, temporaryFolder } from './generate';
import { findVersionDisagreements } from './versions';

/** Generates next to the real folder and copies only what differs: never a half written `.gen`. */
export async function regenerate(apply: boolean): Promise<FileDifference[]> {
  const fresh = temporaryFolder('gen-');
  try {
    await generateBindings(fresh);
    const committed = bindingsFolder();
    const differences = compareFolders(committed, fresh);
    if (apply) {
      applyDifferences(committed, fresh, differences);
    }
    return differences;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** `changed  .gen/providers/proxmox/provider/index.ts` and so on: what `npm run get` does (or would do). */
export function describe(differences: readonly FileDifference[]): string[] {
  const folder = relative(PROJECT_ROOT, bindingsFolder());
  return differences.map(({ kind, path }) => `  ${kind.padEnd(8)} ${folder}/${path}`);
}

async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  if (args.some((arg) => arg !== '--check')) {
    process.stderr.write('usage: npm run get, or npm run get:check\n');
    return 1;
  }
  const disagreements = findVersionDisagreements(readVersionSources());
  if (disagreements.length > 0) {
    const lines = disagreements.map((line) => `  ${line}`).join('\n');
    process.stderr.write(
      `error: the provider versions disagree (npm run bump -- <provider> <version> sets all):\n${lines}\n`,
    );
    return 1;
  }
  const differences = await regenerate(!check);
  const count = listFiles(bindingsFolder()).length;
  if (differences.length === 0) {
    process.stdout.write(`bindings are up to date (${count} files)\n`);
    return 0;
  }
  const list = describe(differences).join('\n');
  if (check) {
    process.stderr.write(`error: the bindings differ from schemas/; "npm run get" would do this:\n${list}\n`);
    return 1;
  }
  process.stdout.write(`bindings: ${differences.length} of ${count} files written or removed\n${list}\n`);
  return 0;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}

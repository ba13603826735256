/**
 * `npm run mutation [-- --lines 200 --seed 1]`: breaks the code at random lines, one mutant at a time, and runs the unit tests that reach it.
 * A mutant that no test notices is told with its difference. Fewer than 85 % noticed is a failure.
 *
 * Lines are drawn, because all mutants of all files would take days. The same seed draws the same lines of the same sources.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { PROJECT_ROOT } from '../paths';
import { codeLines, drawn } from './draw';

const FOLDERS = ['model', 'constructs', 'scripts'];

const number = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a number.');
  return Number(text);
};

const sources = (): string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  ).sort();

function main({ lines, seed }: { readonly lines: number; readonly seed: number }): void {
  const all = sources().flatMap((file) =>
    codeLines(readFileSync(join(PROJECT_ROOT, file), 'utf8')).map((line) => `${file}:${line}-${line}`),
  );
  const stryker = join(dirname(require.resolve('@stryker-mutator/core/package.json')), 'bin/stryker.js');
  const ranges = drawn(all, lines, seed).join(',');
  const args = [stryker, 'run', join(__dirname, 'stryker.config.mjs'), '--mutate', ranges];
  process.exitCode = spawnSync(process.execPath, args, { cwd: PROJECT_ROOT, stdio: 'inherit' }).status ?? 1;
}

new Command('mutation')
  .option('--lines <n>', 'lines that are broken, some with several mutants', number, 200)
  .option('--seed <n>', 'draws other lines', number, 1)
  .action(main)
  .parse();

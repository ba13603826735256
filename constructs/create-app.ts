import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { outputIn } from '../model/load/workspace';

/**
 * An app that writes all stacks or none: cdktf itself validates a stack when it has written the ones before it, and writes into the
 * files that are there.
 *
 * @throws Error from `synth()` with the problems of all stacks, before a file is touched
 */
class CheckedApp extends App {
  override synth(): void {
    const problems = this.node.findAll().flatMap((construct) => {
      try {
        if (TerraformStack.isStack(construct)) construct.runAllValidations();
        return [];
      } catch (problem) {
        return [problem instanceof Error ? problem.message : String(problem)];
      }
    });
    if (problems.length > 0) throw new Error(problems.join('\n'));
    this.synthAside();
  }

  /** Has cdktf write beside the output, on the same file system, and renames each file when the last one is written. */
  private synthAside(): void {
    const aside = mkdtempSync(join(this.outdir, '.synth-'));
    const { outdir } = this;
    try {
      mkdirSync(join(aside, 'stacks'));
      this.writeTo(aside);
      super.synth();
      // The manifest, which names the stacks, comes last.
      for (const file of filesIn(aside)) moveInto(aside, outdir, file);
    } finally {
      this.writeTo(outdir);
      rmSync(aside, { recursive: true, force: true });
    }
  }

  /** cdktf reads both folders at the moment that it writes, and has no other way to name them after it was made. */
  private writeTo(outdir: string): void {
    Object.assign(this, { outdir });
    Object.assign(this.manifest, { outdir });
  }
}

/** Paths of all files below a folder, those of the folder itself last. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort((a, b) => Number(b.includes(sep)) - Number(a.includes(sep)));

function moveInto(from: string, to: string, file: string): void {
  if (!existsSync(dirname(join(to, file)))) mkdirSync(dirname(join(to, file)), { recursive: true });
  renameSync(join(from, file), join(to, file));
}

/** The app of this project. It writes to `CDKTF_OUTDIR`, as under the cdktf CLI, and makes that folder. */
export function createApp(): App {
  const outdir = outputIn(process.env) ?? 'cdktf.out';
  mkdirSync(outdir, { recursive: true });
  return new CheckedApp({ outdir });
}

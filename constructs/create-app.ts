import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
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

  /** Has cdktf write beside the output, on the same file system, and renames the files when the last one is written. */
  private synthAside(): void {
    const { outdir } = this;
    removeAbandoned(outdir);
    const aside = mkdtempSync(join(outdir, ASIDE));
    const [made, former] = [join(aside, 'made'), join(aside, 'former')];
    try {
      mkdirSync(join(made, 'stacks'), { recursive: true });
      this.writeTo(made);
      super.synth();
      // The manifest, which names the stacks, comes last.
      moveTogether(filesIn(made), made, outdir, former);
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

/** Moves files to where others of their names may be, which come back if one of them cannot be moved. */
function moveTogether(files: readonly string[], from: string, to: string, former: string): void {
  for (const file of files) {
    for (const folder of [to, former]) mkdirSync(dirname(join(folder, file)), { recursive: true });
    // A copy, so that the file is there at any moment.
    if (isFile(join(to, file))) copyFileSync(join(to, file), join(former, file));
  }
  const moved: string[] = [];
  try {
    for (const file of files) {
      renameSync(join(from, file), join(to, file));
      moved.push(file);
    }
  } catch (failure) {
    for (const file of moved) {
      if (existsSync(join(former, file))) renameSync(join(former, file), join(to, file));
      else rmSync(join(to, file));
    }
    throw failure;
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const ASIDE = '.synth-';
const HOUR_MS = 3600 * 1000;

/** Removes what a run has left that was killed. None takes an hour, and those of others may share the folder. */
function removeAbandoned(outdir: string): void {
  for (const name of readdirSync(outdir).filter((one) => one.startsWith(ASIDE))) {
    const path = join(outdir, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > HOUR_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

/** The app of this project. It writes to `CDKTF_OUTDIR`, as under the cdktf CLI, and makes that folder. */
export function createApp(): App {
  const outdir = outputIn(process.env) ?? 'cdktf.out';
  mkdirSync(outdir, { recursive: true });
  return new CheckedApp({ outdir });
}

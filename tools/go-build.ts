/** Builds programs from Go modules of this repository into `.cache`, once: nothing is done while they are current. */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { run } from '../scripts/lib/platform/exec';
import { writeIfChanged } from '../scripts/lib/platform/files';
import { readIfThere } from '../model/support/files';
import { withLock } from './lock';
import { CACHE_DIR } from './paths';

/** Environment of every Go call: the go.mod alone decides, whatever this machine has set. */
export const GO_ENV = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' } as const;

export interface GoBuild {
  /** For people: `bpg/proxmox 0.111.1`. */
  readonly title: string;
  /** Names the lock and the key in `.cache`. */
  readonly id: string;
  /** Folder of the go.mod. */
  readonly moduleDir: string;
  /** Package to build: an import path, or a folder of the module as `./name`. */
  readonly package: string;
  /** Further folders of the module that the package is made of: `./node`. */
  readonly also?: readonly string[];
  /** For the linker, besides those that leave out symbols. */
  readonly ldflags?: string;
  /** How long it takes the first time. @default minutes */
  readonly slow?: string;
  /** Where the program goes; each gets the same bytes. */
  readonly targets: readonly [string, ...string[]];
}

export interface GoMissing {
  readonly ok: false;
  /** `build`: Go is there, but the build failed. */
  readonly missing: 'go' | 'build';
  /** For people: what to do about it. */
  readonly how: string;
}

/** `line` says what was done. */
export type GoBuilt = { readonly ok: true; readonly line: string } | GoMissing;

/** Builds a program, unless the targets are exactly that build already. One process at a time does it. */
export async function buildOnce(build: GoBuild): Promise<GoBuilt> {
  const { title, id, slow = 'minutes' } = build;
  const key = keyOf(build);
  if (isBuilt(build, key)) return { ok: true, line: `${title}: present` };
  const waiting = (pid: number): void => say(`waiting for process ${pid}, which is building ${title} …`);
  return withLock(join(CACHE_DIR, 'locks', id), waiting, async () => {
    if (isBuilt(build, key)) return { ok: true, line: `${title}: present (built by another process)` };
    say(`building ${title} from its Go module (${slow} the first time) …`);
    const start = performance.now();
    const failure = await compile(build, () => rmSync(keyFile(id), { force: true }));
    if (failure) return failure;
    writeIfChanged(keyFile(id), key);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(`built ${title} in ${seconds} s`);
    return { ok: true, line: `${title}: built in ${seconds} s` };
  });
}

/** Whether the targets are exactly that build already. */
export const isBuilt = (build: GoBuild, key = keyOf(build)): boolean =>
  build.targets.every((file) => existsSync(file)) && readIfThere(keyFile(build.id)) === key;

/** Not beside the program: Terraform counts every file of its folder as part of a provider. */
const keyFile = (id: string): string => join(CACHE_DIR, 'build-keys', id);

const keyOf = (build: GoBuild): string =>
  buildKey(buildArgs(build, '-'), sourcesOf(build), `${process.platform} ${process.arch}`);

/** `beforeChange` is called between the build and the first changed target. */
async function compile(build: GoBuild, beforeChange: () => void): Promise<GoMissing | undefined> {
  const { title, id, moduleDir, targets } = build;
  const [target, ...twins] = targets;
  mkdirSync(dirname(target), { recursive: true });
  // Not beside the target: a half written file must never look like a program.
  const temporary = join(CACHE_DIR, `build-${id}-${process.pid}`);
  try {
    const start = performance.now();
    const timer = setInterval(() => {
      say(`still building ${title}: ${Math.round((performance.now() - start) / 60_000)} minutes …`);
    }, PROGRESS_MS);
    const compiled = run('go', buildArgs(build, temporary), { cwd: moduleDir, env: GO_ENV });
    const go = await compiled.finally(() => clearInterval(timer));
    if (go.code !== 0) return goFailure(go, `building ${title}`);
    beforeChange();
    renameSync(temporary, target);
    for (const twin of twins) linkOrCopy(target, twin);
    return undefined;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** How often it is told that a build goes on. */
const PROGRESS_MS = 120_000;

/** Static, without symbols, and without a path of this machine in the program. */
function buildArgs({ package: name, ldflags }: GoBuild, output: string): string[] {
  const flags = ['-s -w', ...(ldflags === undefined ? [] : [ldflags])].join(' ');
  return ['build', '-trimpath', '-ldflags', flags, '-o', output, name];
}

/** Changes when anything changes that goes into the program and that we control. `sources` is text by file. */
export function buildKey(
  args: readonly string[],
  sources: Readonly<Record<string, string>>,
  platform: string,
): string {
  const parts = [...args, JSON.stringify(GO_ENV), platform, ...Object.entries(sources).flat()];
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

/** The module files, and the sources that are the module's own. */
function sourcesOf({ moduleDir, package: name, also = [] }: GoBuild): Record<string, string> {
  const isSource = (file: string): boolean => file.endsWith('.go') && !file.endsWith('_test.go');
  const sources = (folder: string): string[] =>
    readdirSync(join(moduleDir, folder))
      .filter(isSource)
      .sort()
      .map((file) => join(folder, file));
  const own = name.startsWith('.') ? [name, ...also] : also;
  const files = ['go.mod', 'go.sum', ...own.flatMap(sources)];
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(moduleDir, file), 'utf8')]));
}

/** Names a missing Go, or hands on what Go said. */
export function goFailure(go: { missing: boolean; stderr: string }, what: string): GoMissing {
  if (go.missing) {
    return {
      ok: false,
      missing: 'go',
      how: `go is not on the PATH (needed for ${what}): install Go 1.26 or newer, https://go.dev/dl`,
    };
  }
  return { ok: false, missing: 'build', how: `${what} failed:\n${go.stderr.trim()}` };
}

function linkOrCopy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    // Not every file system has hard links.
    copyFileSync(from, to);
  }
}

/** Progress, for people. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

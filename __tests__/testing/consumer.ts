import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { mirrorEnv, temporaryFolder } from './terraform';

export const PACKAGE = 'talos-proxmox-cdktf';

/** The part of a `package.json` that an installation goes by. */
interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Runs `npm pack`, which builds first. @returns the path of the tarball */
export async function packTarball(): Promise<string> {
  const folder = temporaryFolder();
  await succeed(run('npm', ['pack', '--pack-destination', folder], { cwd: PROJECT_ROOT, env: NPM }));
  const [name] = readdirSync(folder);
  if (name === undefined) throw new Error('npm pack made no file');
  return join(folder, name);
}

/** npm talks to nobody. */
const NPM = { npm_config_offline: 'true', npm_config_update_notifier: 'false' };

/** As in the `tsconfig.json` of the example, which tsc does not read when it is given a file. */
const MODULES = ['--module', 'node16'];

/** A repository that has the package installed, in a folder outside of this checkout. */
export interface Consumer {
  readonly dir: string;
  /** The installed package. */
  readonly package: string;
  /** Runs a program as an npm script of the repository would. */
  run(command: string, args: readonly string[], env?: Record<string, string | undefined>): Promise<RunResult>;
  /** Checks one program with the compiler, in which all declarations of the package are checked too. @returns what it says */
  compile(text: string, args?: readonly string[]): Promise<string>;
}

/**
 * Installs the tarball into a copy of `examples/consumer`. `npm install` would ask a registry for what is known about each
 * dependency; here the tarball is unpacked, and what it and the example name is linked from the packages of this checkout:
 * that and nothing else, so that a dependency that is not named is missing.
 */
export async function installInto(tarball: string): Promise<Consumer> {
  const dir = join(temporaryFolder(), 'our-clusters');
  cpSync(join(PROJECT_ROOT, 'examples', 'consumer'), dir, { recursive: true });
  const modules = join(dir, 'node_modules');
  const own = join(modules, PACKAGE);
  mkdirSync(own, { recursive: true });
  await succeed(run('tar', ['-xzf', tarball, '--strip-components=1', '-C', own]));

  const [example, packed] = [manifestIn(dir), manifestIn(own)];
  const named = new Set(
    [example.dependencies, example.devDependencies, packed.dependencies, packed.peerDependencies].flatMap(
      (names) => Object.keys(names ?? {}),
    ),
  );
  named.delete(PACKAGE);
  for (const name of named) link(join(PROJECT_ROOT, 'node_modules', name), join(modules, name));
  for (const name of [PACKAGE, 'typescript']) linkPrograms(modules, name);

  const path = `${join(modules, '.bin')}:${process.env['PATH'] ?? ''}`;
  const runThere: Consumer['run'] = (command, args, env = {}) =>
    run(command, args, {
      cwd: dir,
      env: { ...mirrorEnv(), ...NPM, PATH: path, CLUSTERS: undefined, CDKTF_OUTDIR: undefined, ...env },
    });
  return {
    dir,
    package: own,
    run: runThere,
    async compile(text, args = []) {
      const file = join(dir, 'compiled.ts');
      writeFileSync(file, text);
      const options = ['--noEmit', '--strict', '--target', 'ES2022', '--skipLibCheck', 'false'];
      const { stdout } = await runThere('tsc', [...options, ...MODULES, ...args, file]);
      rmSync(file);
      return stdout;
    },
  };
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** The programs of a package, as npm puts them on the PATH of scripts. */
function linkPrograms(modules: string, name: string): void {
  for (const [program, file] of Object.entries(manifestIn(join(modules, name)).bin ?? {})) {
    const target = join(modules, name, file);
    if (name === PACKAGE) chmodSync(target, 0o755);
    const path = join(modules, '.bin', program);
    link(relative(dirname(path), target), path);
  }
}

/** The result of a program that must not fail. */
export async function succeed(running: Promise<RunResult>): Promise<RunResult> {
  const result = await running;
  if (result.code !== 0) throw new Error(`exit code ${result.code}\n${result.stdout}${result.stderr}`);
  return result;
}

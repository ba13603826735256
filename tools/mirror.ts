/**
 * Builds the Terraform providers pinned in `tools/providers/` from their Go modules into a filesystem mirror, so
 * that `terraform init` works without the provider registry: `npm run tools`, or `ensureMirror()` from a test.
 */
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
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readIfThere, writeIfChanged } from '../scripts/lib/files';
import { run } from '../scripts/lib/exec';
import { withLock } from './lock';
import { CACHE_DIR, MIRROR_DIR, PROVIDERS_DIR, TERRAFORM_RC_FILE } from './paths';
import {
  buildArgs,
  buildKey,
  GO_ENV,
  mirrorPath,
  parseGoTool,
  platformOf,
  REGISTRY_HOSTS,
  sourceOf,
  terraformRc,
} from './provider-module';

export type MirrorEnv = Readonly<Record<string, string>>;

export interface MirrorReady {
  readonly ok: true;
  /** Value for TF_CLI_CONFIG_FILE; already in `env`. */
  readonly configFile: string;
  /** What a child process needs to use the mirror; see `terraformEnv`. */
  readonly env: MirrorEnv;
  /** One line per provider: what was done. */
  readonly done: readonly string[];
}

export interface MirrorMissing {
  readonly ok: false;
  /** `module`: no folder in tools/providers; `build`: Go is there, but the build failed. */
  readonly missing: 'go' | 'terraform' | 'module' | 'build';
  /** For people: what to do about it. */
  readonly how: string;
}

export type MirrorResult = MirrorReady | MirrorMissing;

/** Every provider with a Go module here. */
export function knownProviders(): string[] {
  return readdirSync(PROVIDERS_DIR)
    .filter((name) => existsSync(join(PROVIDERS_DIR, name, 'go.mod')))
    .sort();
}

/** The program the user chose to run plans with (OpenTofu: TERRAFORM_BINARY_NAME=tofu). */
export function terraformBinary(): string {
  return process.env['TERRAFORM_BINARY_NAME'] ?? 'terraform';
}

/** Environment for terraform and cdktf children that must use the mirror and no network of their own. */
export function terraformEnv(): MirrorEnv {
  return {
    TF_CLI_CONFIG_FILE: TERRAFORM_RC_FILE,
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    // Else the first cdktf diff asks the registry for lock hashes in spite of the mirror.
    CDKTF_SKIP_PROVIDER_LOCK: 'true',
  };
}

/**
 * Makes sure that the mirror holds these providers (default: all of them) and that Terraform is there to use it.
 * Quick when nothing is to be done; what is not to be had is an answer and not an exception.
 */
export async function ensureMirror(providers: readonly string[] = knownProviders()): Promise<MirrorResult> {
  const unknown = providers.find((name) => !knownProviders().includes(name));
  if (unknown !== undefined) {
    return {
      ok: false,
      missing: 'module',
      how: `tools/providers/${unknown}/go.mod does not exist; see tools/README.md.`,
    };
  }
  const terraform = await run(terraformBinary(), ['version'], { env: terraformEnvForVersion() });
  if (terraform.missing) {
    return {
      ok: false,
      missing: 'terraform',
      how:
        `${terraformBinary()} is not on the PATH: install Terraform 1.5 or newer, ` +
        'or OpenTofu and set TERRAFORM_BINARY_NAME=tofu.',
    };
  }
  writeIfChanged(TERRAFORM_RC_FILE, terraformRc(MIRROR_DIR));
  const done: string[] = [];
  for (const name of providers) {
    const built = await buildProvider(join(PROVIDERS_DIR, name));
    if (!built.ok) {
      return built;
    }
    done.push(built.line);
  }
  return { ok: true, configFile: TERRAFORM_RC_FILE, env: terraformEnv(), done };
}

/** Builds one provider from the folder of its go.mod, unless the mirror has exactly that build already. */
export async function buildProvider(moduleDir: string): Promise<{ ok: true; line: string } | MirrorMissing> {
  const goMod = readFileSync(join(moduleDir, 'go.mod'), 'utf8');
  const goSum = readFileSync(join(moduleDir, 'go.sum'), 'utf8');
  const tool = parseGoTool(goMod);
  const source = sourceOf(tool);
  const platform = platformOf(process.platform, process.arch);
  const key = buildKey(goMod, goSum, platform);
  const [target = '', ...twins] = REGISTRY_HOSTS.map((host) =>
    join(MIRROR_DIR, mirrorPath(host, source, tool.version, platform)),
  );
  const id = `${source.replace('/', '_')}_${tool.version}_${platform.os}_${platform.arch}`;
  // Not beside the binary: Terraform counts every file of that folder as part of the provider.
  const keyFile = join(CACHE_DIR, 'mirror-keys', id);
  const isCurrent = (): boolean =>
    [target, ...twins].every((file) => existsSync(file)) && readIfThere(keyFile) === key;
  const title = `${source} ${tool.version}`;
  if (isCurrent()) {
    return { ok: true, line: `${title}: present` };
  }
  const waiting = (pid: number): void => say(`waiting for process ${pid}, which is building ${title} …`);
  return withLock(join(CACHE_DIR, 'locks', id), waiting, async () => {
    if (isCurrent()) {
      return { ok: true, line: `${title}: present (built by another process)` };
    }
    say(`building ${title} from its Go module (a minute or more, once) …`);
    const start = performance.now();
    mkdirSync(dirname(target), { recursive: true });
    // Outside the mirror: a half written file must never look like a provider.
    const temporary = join(CACHE_DIR, `build-${id}-${process.pid}`);
    try {
      const go = await run('go', buildArgs(tool, temporary), { cwd: moduleDir, env: GO_ENV });
      if (go.code !== 0) {
        return goFailure(go, `building ${title}`);
      }
      rmSync(keyFile, { force: true });
      renameSync(temporary, target);
      twins.forEach((twin) => linkOrCopy(target, twin));
      writeIfChanged(keyFile, key);
    } finally {
      rmSync(temporary, { force: true });
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(`built ${title} in ${seconds} s`);
    return { ok: true, line: `${title}: built in ${seconds} s` };
  });
}

/** Names a missing Go, or hands on what Go said. */
export function goFailure(go: { missing: boolean; stderr: string }, what: string): MirrorMissing {
  if (go.missing) {
    return {
      ok: false,
      missing: 'go',
      how: `go is not on the PATH (needed for ${what}): install Go 1.26 or newer, https://go.dev/dl`,
    };
  }
  return { ok: false, missing: 'build', how: `${what} failed:\n${go.stderr.trim()}` };
}

/** The version question needs no configuration, and a TF_CLI_CONFIG_FILE that is not there yet gives warnings. */
function terraformEnvForVersion(): Readonly<Record<string, string | undefined>> {
  return { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: undefined };
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

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `npm run tools [provider …]` */
async function main(names: readonly string[]): Promise<number> {
  const result = await ensureMirror(names.length > 0 ? names : undefined);
  if (!result.ok) {
    say(`error: ${result.how}`);
    return 1;
  }
  const lines = [...result.done, `Use them with TF_CLI_CONFIG_FILE=${result.configFile}`];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
}

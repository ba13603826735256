/**
 * Builds the Terraform providers pinned in `tools/providers/` from their Go modules into a filesystem mirror, so
 * that `terraform init` works without the provider registry.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeIfChanged } from '../scripts/lib/platform/files';
import { run } from '../scripts/lib/platform/exec';
import { terraformBinary } from '../scripts/lib/terraform/terraform';
import { buildOnce, type GoBuilt, type GoMissing } from './go-build';
import { MIRROR_DIR, PROVIDERS_DIR, TERRAFORM_RC_FILE } from './paths';
import {
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
  /** `module`: no folder in tools/providers. */
  readonly missing: GoMissing['missing'] | 'terraform' | 'module';
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
export function buildProvider(moduleDir: string): Promise<GoBuilt> {
  const tool = parseGoTool(readFileSync(join(moduleDir, 'go.mod'), 'utf8'));
  const source = sourceOf(tool);
  const platform = platformOf(process.platform, process.arch);
  const path = (host: string): string => join(MIRROR_DIR, mirrorPath(host, source, tool.version, platform));
  const [first, ...others] = REGISTRY_HOSTS;
  return buildOnce({
    title: `${source} ${tool.version}`,
    id: `${source.replace('/', '_')}_${tool.version}_${platform.os}_${platform.arch}`,
    moduleDir,
    package: tool.package,
    // As in the provider's own releases.
    ldflags: `-X main.version=${tool.version}`,
    targets: [path(first), ...others.map(path)],
  });
}

/** The version question needs no configuration, and a TF_CLI_CONFIG_FILE that is not there yet gives warnings. */
function terraformEnvForVersion(): Readonly<Record<string, string | undefined>> {
  return { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: undefined };
}

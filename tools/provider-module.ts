/**
 * A provider's Go module (`tools/providers/<name>/go.mod`) and its place in Terraform's filesystem mirror. Pure.
 */
import { join } from 'node:path';

/** What a go.mod with one `tool` line pins. */
export interface GoTool {
  /** Package to build, e.g. `github.com/bpg/terraform-provider-proxmox`. */
  readonly package: string;
  /** Module that holds the package. */
  readonly module: string;
  /** Without the leading `v`. */
  readonly version: string;
}

/** Terraform's names of operating system and processor. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/**
 * Both hosts: OpenTofu reads the source `bpg/proxmox` as being on its own registry, so the same binary must be
 * found under either name.
 */
export const REGISTRY_HOSTS = ['registry.terraform.io', 'registry.opentofu.org'] as const;

/** Reads the one `tool` line of a go.mod and the version of its module. */
export function parseGoTool(goMod: string): GoTool {
  const packages = [...goMod.matchAll(/^tool\s+(\S+)/gm)].map((match) => match[1] ?? '');
  const [only] = packages;
  if (only === undefined || packages.length > 1) {
    throw new Error(`go.mod: expected exactly one "tool" line, found ${packages.length}`);
  }
  const required = [...goMod.matchAll(/^(?:require\s+|\t)(\S+) v(\S+)/gm)]
    .map((match) => ({ module: match[1] ?? '', version: match[2] ?? '' }))
    .filter(({ module }) => only === module || only.startsWith(`${module}/`))
    // The longest path is the module that really holds the package (a module may be nested in another).
    .sort((a, b) => b.module.length - a.module.length);
  const [holder] = required;
  if (holder === undefined) {
    throw new Error(`go.mod: no "require" line for the tool ${only}`);
  }
  return { package: only, ...holder };
}

/**
 * The Terraform source of a provider's Go package. The registry only takes providers from repositories named
 * `<namespace>/terraform-provider-<name>`, so the path says it.
 */
export function sourceOf(tool: GoTool): string {
  const match = /^github\.com\/([^/]+)\/terraform-provider-([^/]+)/.exec(tool.package);
  if (match === null) {
    throw new Error(`go.mod: ${tool.package} is not the path of a Terraform provider`);
  }
  return `${match[1]}/${match[2]}`;
}

/** Node's names of this machine's platform in Go's and Terraform's words. */
export function platformOf(os: NodeJS.Platform, arch: string): Platform {
  return { os: os === 'win32' ? 'windows' : os, arch: arch === 'x64' ? 'amd64' : arch };
}

/** Path of the executable inside the mirror, as Terraform wants it. */
export function mirrorPath(host: string, source: string, version: string, platform: Platform): string {
  const [namespace = '', name = ''] = source.split('/');
  const suffix = platform.os === 'windows' ? '.exe' : '';
  const folder = join(host, namespace, name, version, `${platform.os}_${platform.arch}`);
  return join(folder, `terraform-provider-${name}_v${version}${suffix}`);
}

/** Terraform CLI configuration: these mirrors and nothing else, so a missing provider fails at once and offline. */
export function terraformRc(...mirrorDirs: readonly string[]): string {
  return [
    '# Written by tools/mirror.ts; use it with TF_CLI_CONFIG_FILE.',
    'disable_checkpoint = true',
    'provider_installation {',
    ...mirrorDirs.flatMap((dir) => ['  filesystem_mirror {', `    path = ${JSON.stringify(dir)}`, '  }']),
    '}',
    '',
  ].join('\n');
}

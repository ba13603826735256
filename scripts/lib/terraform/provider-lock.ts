import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { byBytes, list } from '../../../model/support/text';
import { readIfThere } from '../../../model/support/files';
import { asValues } from '../../../model/terraform/values';
import { PROJECT_ROOT } from '../project/project';
import { readStackFile } from '../project/stack-file';
import { terraformBinary } from './terraform';

/** The lock file that a team commits: checksums of providers for all stacks and platforms, of Terraform and OpenTofu. */
export const LOCK_FILE = 'terraform.lock.hcl';

/** Its name in a stack, where Terraform looks. */
const STACK_LOCK = '.terraform.lock.hcl';

/** A provider that a stack needs. */
export interface NeededProvider {
  readonly source: string;
  readonly version: string;
}

/** What a lock file says of one provider, by its full address. */
interface Block {
  readonly version: string;
  readonly text: string;
}

export type Blocks = ReadonlyMap<string, Block>;

/** Blocks of a lock file; a line that is in none is left out. */
export function parseLock(text: string): Blocks {
  const blocks = [...text.matchAll(/^provider "([^"]+)" \{\n([\s\S]*?)^\}$/gm)];
  return new Map(
    blocks.map(([whole, address = '', body = '']): [string, Block] => [
      address,
      { version: /^ *version *= "([^"]+)"/m.exec(body)?.[1] ?? '', text: whole },
    ]),
  );
}

/** Platforms that a lock file was made for, as its first lines say. */
export const platformsOf = (text: string): string[] =>
  /^# platforms: (.*)$/m.exec(text)?.[1]?.split(', ') ?? [];

export const lockText = (blocks: Blocks, platforms: readonly string[]): string =>
  [
    '# Checksums of providers, made by npm run lock. Commit it.',
    `# platforms: ${[...platforms].sort(byBytes).join(', ')}`,
    ...[...blocks].sort(([a], [b]) => byBytes(a, b)).flatMap(([, { text }]) => ['', text]),
    '',
  ].join('\n');

/** Full address of a provider for the program that plans. */
export const providerAddress = ({ source }: NeededProvider): string => {
  const host = /tofu/.test(basename(terraformBinary())) ? 'registry.opentofu.org' : 'registry.terraform.io';
  return source.split('/').length > 2 ? source : `${host}/${source}`;
};

/**
 * Providers that a stack needs; `undefined` where there is none.
 *
 * @throws ForUser where its file is broken
 */
export function neededBy(folder: string): NeededProvider[] | undefined {
  const stack = readStackFile(folder);
  return (
    stack &&
    Object.values(asValues(asValues(stack['terraform'])['required_providers'])).flatMap((one) => {
      const { source, version } = asValues(one);
      return typeof source === 'string' && typeof version === 'string' ? [{ source, version }] : [];
    })
  );
}

/** What a lock file lacks of what stacks need, in words. */
export function lockProblems(text: string, needed: readonly NeededProvider[], platform?: string): string[] {
  const blocks = parseLock(text);
  const platforms = platformsOf(text);
  const repair = 'npm run lock writes it anew: look at what changes before you commit it';
  const providers = needed.flatMap((one) => {
    const address = providerAddress(one);
    const version = blocks.get(address)?.version;
    if (version === one.version) return [];
    return version === undefined
      ? [`${LOCK_FILE} has no checksums of ${address}; ${repair}`]
      : [`${LOCK_FILE} has checksums of ${address} ${version}, and ${one.version} is used; ${repair}`];
  });
  const isUnknown = platform !== undefined && platforms.length > 0 && !platforms.includes(platform);
  return [
    ...new Set(providers),
    ...(isUnknown
      ? [
          `${LOCK_FILE} is made for ${list(platforms)}, and this is ${platform}: npm run lock -- --platform ${platform}`,
        ]
      : []),
  ];
}

/** `linux_amd64`, of this machine. */
export const ownPlatform = (): string => {
  const systems: Readonly<Record<string, string>> = { win32: 'windows' };
  const machines: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return `${systems[process.platform] ?? process.platform}_${machines[process.arch] ?? process.arch}`;
};

/**
 * Gives a stack the committed checksums of the providers that it needs, and no others: Terraform refuses to leave some out.
 *
 * @returns flags for `init`, none without a committed file; or what the file lacks
 */
export function placeLock(
  dir: string,
  root = PROJECT_ROOT,
): { readonly flags: readonly string[] } | { readonly problems: readonly string[] } {
  const text = readIfThere(join(root, LOCK_FILE));
  const needed = text === undefined ? undefined : neededBy(dir);
  if (text === undefined || needed === undefined) return { flags: [] };
  const problems = lockProblems(text, needed);
  if (problems.length > 0) return { problems };
  const addresses = new Set(needed.map(providerAddress));
  const own = new Map([...parseLock(text)].filter(([address]) => addresses.has(address)));
  writeFileSync(join(dir, STACK_LOCK), lockText(own, platformsOf(text)));
  return { flags: ['-lockfile=readonly'] };
}

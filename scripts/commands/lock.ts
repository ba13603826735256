import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainTerraform } from '../lib/terraform/explain-terraform';
import { writeIfChanged } from '../lib/platform/files';
import { readIfThere } from '../../model/support/files';
import { fail } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { PROJECT_ROOT } from '../lib/project/project';
import {
  providerAddress,
  LOCK_FILE,
  lockProblems,
  lockText,
  neededBy,
  ownPlatform,
  parseLock,
  platformsOf,
  type NeededProvider,
} from '../lib/terraform/provider-lock';
import { synthesize } from '../lib/project/synth';
import { temporaryFolder } from '../lib/platform/temporary';
import { runTerraform, terraformMissing } from '../lib/terraform/terraform';
import { toolText } from '../lib/terraform/tool-messages';
import { stackFolder } from '../lib/project/workspace';

export interface LockOptions {
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** Besides those that the file has already; default of a new file: three that are common, and this one. */
  readonly platform: readonly string[];
  /** A folder with providers in place of their registry. */
  readonly fsMirror?: string;
  /** Only say whether the file has what stacks need. */
  readonly check?: boolean;
}

const COMMON = ['linux_amd64', 'linux_arm64', 'darwin_arm64'];

/**
 * Writes the checksums of all providers, for each platform that is named, into a file that is committed. `up`, `review` and
 * `drift` take providers only with these checksums then.
 *
 * @returns 0 done, 1 failure, 2 with `check`: the file lacks something
 */
export async function runLock(
  { definitions, platform, fsMirror, check }: LockOptions,
  io: Io,
): Promise<number> {
  const synthesis = await synthesize(definitions);
  if (synthesis.code !== 0) return fail([`error: synth failed\n${synthesis.stderr.trim()}`], io);
  const needed = neededByAll();
  const file = join(PROJECT_ROOT, LOCK_FILE);
  const before = readIfThere(file) ?? '';
  if (check) {
    const problems =
      before === ''
        ? [`there is no ${LOCK_FILE}; npm run lock makes it`]
        : lockProblems(before, needed, ownPlatform());
    for (const problem of problems) io.err(`error: ${problem}\n`);
    if (problems.length === 0) io.err(`${LOCK_FILE}: has what all stacks need\n`);
    return problems.length > 0 ? 2 : 0;
  }
  const known = platformsOf(before);
  const first = known.length > 0 || platform.length > 0 ? [] : [...COMMON, ownPlatform()];
  const platforms = [...new Set([...known, ...platform, ...first])];
  const made = await locked(needed, before, platforms, fsMirror);
  if ('problems' in made)
    return fail(
      made.problems.map((problem) => `error: ${problem}`),
      io,
    );
  const changed = platforms.length === known.length ? otherChecksums(before, made.text) : [];
  if (changed.length > 0) return fail(changed, io);
  // What the other program of Terraform and OpenTofu uses stays.
  const all = new Map([...parseLock(before), ...parseLock(made.text)]);
  io.err(`${LOCK_FILE}: ${writeIfChanged(file, lockText(all, platforms))}; ${platforms.join(', ')}\n`);
  return 0;
}

/** Providers of the same version and for the same platforms that have other checksums now: not what they were. */
function otherChecksums(before: string, now: string): string[] {
  const hashes = (text = ''): string[] => text.match(/"h1:[^"]+"/g) ?? [];
  return [...parseLock(now)].flatMap(([address, { version, text }]) => {
    const old = parseLock(before).get(address);
    if (old?.version !== version || hashes(text).every((hash) => old.text.includes(hash))) return [];
    return [
      `error: ${address} ${version} has other checksums than those in ${LOCK_FILE}: somebody has replaced it, or it comes from another source; if that is meant, take its block out of the file and run this again`,
    ];
  });
}

/** Providers of all stacks. */
function neededByAll(): NeededProvider[] {
  const stacks = stackFolder('');
  const all = readdirSync(stacks).flatMap((stack) => neededBy(join(stacks, stack)) ?? []);
  return [...new Map(all.map((one) => [providerAddress(one), one])).values()];
}

async function locked(
  needed: readonly NeededProvider[],
  before: string,
  platforms: readonly string[],
  fsMirror: string | undefined,
): Promise<{ readonly text: string } | { readonly problems: readonly string[] }> {
  const folder = temporaryFolder('lock');
  try {
    const required = Object.fromEntries(needed.map((one, i) => [`p${i}`, one]));
    writeFileSync(
      join(folder.path, 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers: required } }),
    );
    // Of the same version another checksum is refused.
    const versions = new Map(needed.map((one) => [providerAddress(one), one.version]));
    const kept = [...parseLock(before)].filter(([address, { version }]) => versions.get(address) === version);
    const lock = join(folder.path, '.terraform.lock.hcl');
    writeFileSync(lock, lockText(new Map(kept), platforms));
    const args = [
      ...['providers', 'lock'],
      ...platforms.map((one) => `-platform=${one}`),
      ...(fsMirror === undefined ? [] : [`-fs-mirror=${fsMirror}`]),
    ];
    const { code, stdout, stderr, missing } = await runTerraform({ dir: folder.path }, args);
    if (missing) return { problems: [terraformMissing('--check')] };
    const place = { cluster: '', dir: folder.path };
    if (code !== 0) return { problems: explainTerraform([toolText(stderr || stdout)], place) };
    return { text: readFileSync(lock, 'utf8') };
  } finally {
    folder.remove();
  }
}

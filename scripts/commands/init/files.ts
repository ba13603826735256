import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { INSTALLED } from '../../../model/diagnostics/commands';
import { ownPipeline, WORKFLOWS, type PipelineNames } from '../../../model/init/pipeline';
import { manifestOf, repositoryFiles, SCRIPTS, type RepositoryNames } from '../../../model/init/repository';
import type { Forge } from '../../../model/init/wishes';
import { own, parseJson } from '../../../model/support/json';
import { readIfThere } from '../../../model/support/files';
import { PACKAGE_ROOT } from '../../lib/project/project';

const PACKAGE = 'talos-proxmox-cdktf';

/** Where the pipelines of the guide are: the package has a copy. */
const PIPELINES = resolve(__dirname, '../../../docs/pipelines');

type Manifest = Readonly<Record<string, unknown>>;

const manifestIn = (folder: string): Manifest => {
  const json = parseJson(readIfThere(join(folder, 'package.json')) ?? '{}');
  return 'value' in json && typeof json.value === 'object' && json.value !== null
    ? (json.value as Manifest)
    : {};
};

const textsIn = (manifest: Manifest, key: string): Readonly<Record<string, string>> =>
  (own(manifest, key) ?? {}) as Readonly<Record<string, string>>;

/** Where npm gets this package from, as a repository in that folder writes it: the file that it was installed from, or its version. */
export function packageSpec(folder: string): string {
  const version = String(own(manifestIn(PACKAGE_ROOT), 'version'));
  if (!INSTALLED) return version;
  // The folder that has us in its node_modules; npx keeps one of its own.
  const home = dirname(dirname(PACKAGE_ROOT));
  const spec = textsIn(manifestIn(home), 'dependencies')[PACKAGE];
  if (!spec?.startsWith('file:')) return version;
  const file = resolve(home, spec.slice('file:'.length));
  const near = relative(folder, file);
  return `file:${isAbsolute(near) ? file : near}`;
}

/** Versions of what a repository shares with this package, as they were tested. */
export function peers(): Record<string, string> {
  const manifest = manifestIn(PACKAGE_ROOT);
  const tested = textsIn(manifest, 'devDependencies');
  return Object.fromEntries(
    Object.keys(textsIn(manifest, 'peerDependencies')).flatMap((name) => {
      const version = tested[name];
      return version === undefined ? [] : [[name, version]];
    }),
  );
}

/** Public keys of a person's age keys, which `age-keygen` writes as a comment. */
export function ageRecipients(env: NodeJS.ProcessEnv): string[] {
  const file = env['SOPS_AGE_KEY_FILE'] ?? join(homedir(), '.config', 'sops', 'age', 'keys.txt');
  try {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/^# public key: (age1\w+)$/gm)].map(([, key = '']) => key);
  } catch {
    return [];
  }
}

/** What `init` makes in a folder besides a definition. */
export interface RepositoryPlan {
  /** Texts of files that are not there. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that are there and stay. */
  readonly kept: readonly string[];
  /** What a file that stays lacks. */
  readonly notes: readonly string[];
}

/** Plans the files of a repository: what is there stays as it is. */
export function planRepository(folder: string, names: RepositoryNames & Named, forge: Forge): RepositoryPlan {
  const wanted: Record<string, string> = {
    ...repositoryFiles(names),
    ...pipelines(forge, { ...names, variables: Object.keys(names.variables) }),
  };
  const isThere = (path: string): boolean => existsSync(join(folder, path));
  const kept = Object.keys(wanted).filter(isThere);
  const files = Object.fromEntries(Object.entries(wanted).filter(([path]) => !isThere(path)));
  const manifest = planManifest(folder, names);
  return {
    files: { ...files, ...manifest.files },
    kept: [...kept, ...manifest.kept].sort(),
    notes: manifest.notes,
  };
}

type Named = Omit<PipelineNames, 'variables'>;

/**
 * A package.json that only `npm install` has written, with dependencies and nothing else, gets what it lacks. One that a person
 * has begun stays, and what it lacks is told.
 */
function planManifest(folder: string, names: RepositoryNames): RepositoryPlan {
  const path = 'package.json';
  const text = readIfThere(join(folder, path));
  const fresh = manifestOf(names, basename(resolve(folder)).toLowerCase());
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  if (text === undefined) return { files: { [path]: json(fresh) }, kept: [], notes: [] };
  const there = manifestIn(folder);
  if (Object.keys(there).every((key) => key === 'dependencies')) {
    const dependencies = { ...names.peers, [PACKAGE]: names.packageSpec, ...textsIn(there, 'dependencies') };
    return { files: { [path]: json({ ...fresh, dependencies }) }, kept: [], notes: [] };
  }
  const scripts = textsIn(there, 'scripts');
  const lacking = Object.keys(SCRIPTS).filter((name) => scripts[name] === undefined);
  const notes =
    lacking.length === 0
      ? []
      : [
          `package.json has no scripts ${lacking.join(', ')}; e.g. "${lacking[0] ?? ''}": "talos-proxmox ${lacking[0] ?? ''}"`,
        ];
  return { files: {}, kept: [path], notes };
}

function pipelines(forge: Forge, names: PipelineNames): Record<string, string> {
  if (forge === 'none') return {};
  if (forge === 'gitlab')
    return {
      '.gitlab-ci.yml': ownPipeline(readFileSync(join(PIPELINES, 'gitlab-ci.yml'), 'utf8'), names),
    };
  const folder = join(PIPELINES, 'workflows');
  return Object.fromEntries(
    readdirSync(folder).map((file) => [
      `${WORKFLOWS[forge]}/${file}`,
      ownPipeline(readFileSync(join(folder, file), 'utf8'), names),
    ]),
  );
}

/** Runs `cdktf get` on `schemas/`: no terraform, no network, and no trace in the project folder. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import {
  ALLOW_LIST_FILE,
  CACHE_DIR,
  CDKTF_JSON_FILE,
  PROJECT_ROOT,
  PROVIDERS_DIR,
  SCHEMAS_DIR,
} from '../paths';
import { parseAllowList } from './allow-list';
import type { VersionSources } from './versions';

/** A new folder under the git-ignored cache; the caller removes it. */
export function temporaryFolder(prefix: string): string {
  mkdirSync(CACHE_DIR, { recursive: true });
  return mkdtempSync(join(CACHE_DIR, prefix));
}

/** Folder of the committed bindings, from cdktf.json. */
export function bindingsFolder(): string {
  const config = JSON.parse(readFileSync(CDKTF_JSON_FILE, 'utf8')) as { readonly codeMakerOutput?: string };
  return join(PROJECT_ROOT, config.codeMakerOutput ?? '.gen');
}

/** Generates all bindings into an empty folder. */
export async function generateBindings(output: string): Promise<void> {
  const cli = join(dirname(require.resolve('cdktf-cli/package.json')), 'bundle', 'bin', 'cdktf');
  const result = await run(process.execPath, [cli, 'get', '--force', '--output', output], {
    cwd: PROJECT_ROOT,
    env: {
      CDKTF_EXPERIMENTAL_PROVIDER_SCHEMA_CACHE_PATH: SCHEMAS_DIR,
      // cdktf would otherwise make a plugin cache in the home folder, and ask its makers for news.
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
      CHECKPOINT_DISABLE: '1',
      DISABLE_VERSION_CHECK: '1',
      CI: '1',
    },
  });
  // cdktf has been seen to end well without having written anything.
  if (result.code !== 0 || listEmpty(output)) {
    throw new Error(`cdktf get failed (${result.code}):\n${result.stdout}\n${result.stderr}`.trim());
  }
}

/** Reads all places that hold a provider's version. */
export function readVersionSources(): VersionSources {
  // The folder also holds schemas of our own; only a provider's has a version in its name.
  const schemaFiles = readdirSync(SCHEMAS_DIR).filter((file) => /@.+\.json$/.test(file));
  const modules = readdirSync(PROVIDERS_DIR).filter((name) =>
    existsSync(join(PROVIDERS_DIR, name, 'go.mod')),
  );
  return {
    allowList: parseAllowList(readFileSync(ALLOW_LIST_FILE, 'utf8')),
    cdktfJson: readFileSync(CDKTF_JSON_FILE, 'utf8'),
    schemas: readAll(schemaFiles, (file) => join(SCHEMAS_DIR, file)),
    goMods: readAll(modules, (name) => join(PROVIDERS_DIR, name, 'go.mod')),
  };
}

function readAll(names: readonly string[], path: (name: string) => string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, readFileSync(path(name), 'utf8')]));
}

function listEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

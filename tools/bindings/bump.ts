/**
 * `npm run bump -- proxmox 0.112.0`: the one command that moves a provider to another version. It works on copies
 * and writes to the project only when the new schema has all that the allow-list names. `--schema FILE` takes an
 * answer of `terraform providers schema -json` made elsewhere instead of asking the provider here.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { run } from '../../scripts/lib/platform/exec';
import { GO_ENV, goFailure, say } from '../go-build';
import { buildProvider, ensureMirror, terraformEnv } from '../mirror';
import { ALLOW_LIST_FILE, CDKTF_JSON_FILE, PROVIDERS_DIR, SCHEMAS_DIR } from '../paths';
import { parseGoTool } from '../provider-module';
import { parseAllowList, schemaFileName, setAllowListVersion, type AllowListEntry } from './allow-list';
import { temporaryFolder } from './generate';
import { describe, regenerate } from './get';
import { askProviderSchema } from './provider-schema';
import { pruneSchema, renderSchema } from './prune';
import { setCdktfVersion } from './versions';

const USAGE = 'usage: npm run bump -- <provider> <version> [--schema FILE]';
const MODULE_FILES = ['go.mod', 'go.sum'] as const;

interface BumpArgs {
  readonly name: string;
  readonly version: string;
  readonly schemaFile: string | undefined;
}

function parseBumpArgs(args: readonly string[]): BumpArgs {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { schema: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, version, ...rest] = positionals;
  if (name === undefined || version === undefined || rest.length > 0) {
    throw new Error(USAGE);
  }
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    throw new Error(`"${version}" is not an exact version such as 0.112.0\n${USAGE}`);
  }
  return { name, version, schemaFile: values.schema };
}

/** Runs `go get -tool` on copies of the module files in `folder`. */
async function bumpGoModule(moduleDir: string, folder: string, version: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  MODULE_FILES.forEach((file) => copyFileSync(join(moduleDir, file), join(folder, file)));
  const tool = parseGoTool(readFileSync(join(folder, 'go.mod'), 'utf8'));
  for (const args of [
    ['get', '-tool', `${tool.package}@v${version}`],
    ['mod', 'tidy'],
  ]) {
    say(`go ${args.join(' ')} …`);
    const go = await run('go', args, { cwd: folder, env: GO_ENV });
    if (go.code !== 0) {
      throw new Error(goFailure(go, `go ${args.join(' ')}`).how);
    }
  }
}

/** The full schema: from a file, from the provider built from its Go module, or from the user's Terraform. */
async function fetchSchema(
  args: BumpArgs,
  entry: AllowListEntry,
  moduleDir: string | undefined,
): Promise<unknown> {
  if (args.schemaFile !== undefined) {
    return JSON.parse(readFileSync(args.schemaFile, 'utf8'));
  }
  if (moduleDir === undefined) {
    say(`tools/providers/${args.name} has no Go module: asking Terraform to install ${entry.source} …`);
    return askProviderSchema(args.name, entry.source, args.version, { CHECKPOINT_DISABLE: '1' });
  }
  // Names a missing Terraform and writes its configuration; which providers are in the mirror does not matter yet.
  const ready = await ensureMirror([]);
  const built = ready.ok ? await buildProvider(moduleDir) : ready;
  if (!built.ok) {
    throw new Error(built.how);
  }
  say(`${built.line}; asking it for its schema …`);
  return askProviderSchema(args.name, entry.source, args.version, terraformEnv());
}

/** Writes all places that hold the version. Everything that can fail has been done before. */
function writeVersion({ name, version }: BumpArgs, source: string, schema: string, goFolder?: string): void {
  const file = schemaFileName(name, version);
  writeFileAtomic(join(SCHEMAS_DIR, file), schema);
  readdirSync(SCHEMAS_DIR)
    .filter((other) => other.startsWith(`${name}@`) && other !== file)
    .forEach((other) => rmSync(join(SCHEMAS_DIR, other)));
  writeFileAtomic(ALLOW_LIST_FILE, setAllowListVersion(readFileSync(ALLOW_LIST_FILE, 'utf8'), name, version));
  writeFileAtomic(CDKTF_JSON_FILE, setCdktfVersion(readFileSync(CDKTF_JSON_FILE, 'utf8'), source, version));
  if (goFolder !== undefined) {
    MODULE_FILES.forEach((goFile) => copyFileSync(join(goFolder, goFile), join(PROVIDERS_DIR, name, goFile)));
  }
}

async function bump(args: BumpArgs): Promise<void> {
  const list = parseAllowList(readFileSync(ALLOW_LIST_FILE, 'utf8'));
  const old = list[args.name];
  if (old === undefined) {
    throw new Error(`no provider "${args.name}" in the allow-list (it has ${Object.keys(list).join(', ')})`);
  }
  const entry = { ...old, version: args.version };
  const work = temporaryFolder('bump-');
  try {
    const moduleDir = join(PROVIDERS_DIR, args.name);
    const goFolder = existsSync(join(moduleDir, 'go.mod')) ? join(work, args.name) : undefined;
    if (goFolder !== undefined) {
      await bumpGoModule(moduleDir, goFolder, args.version);
    }
    const raw = await fetchSchema(args, entry, goFolder);
    const schema = renderSchema(pruneSchema(raw, args.name, entry));
    writeVersion(args, entry.source, schema, goFolder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say('generating the bindings …');
  const differences = await regenerate(true);
  const lines = [
    `${args.name}: ${old.version} -> ${args.version}, ${differences.length} files of bindings changed`,
    ...describe(differences),
    'Next: read the diff of schemas/, run the tests, and look at the golden diff before committing.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<void> {
  await bump(parseBumpArgs(process.argv.slice(2)));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    say(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}

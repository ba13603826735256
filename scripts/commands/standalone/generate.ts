import { createTwoFilesPatch } from 'diff';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Cluster } from '../../../model/cluster/cluster';
import { errorCode, readIfThere } from '../../../model/support/files';
import { parseJson } from '../../../model/support/json';
import { count } from '../../../model/support/text';
import { nodePatches, type NodePatches } from '../../../model/templates/node-patches';
import type { TalosDocument } from '../../../model/talos/documents';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { tell } from '../../lib/project/tell';
import { atOnce } from '../../lib/platform/at-once';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { writeTogether } from '../../lib/platform/write-together';
import { withAccess } from '../../lib/talos/access';
import { machineConfig } from '../../lib/talos/machine-config';
import { checkVersion, createTalosctl } from '../../lib/talos/talosctl';
import { contractProblem } from '../generate/contract';
import type { GenerateOptions } from '../generate/generate';
import { standaloneOf } from './context';

const MANIFEST_FILE = 'manifest.json';
const NODES = 'nodes';

const manifestSchema = z.object({
  format_version: z.literal(1),
  cluster: z.string(),
  /** Version that the form of the patches follows; a cluster keeps it for life. */
  talos_contract: z.string(),
});

/**
 * Writes what the definition says of the machine configuration of each node, for review. Secrets are no part of it, and none are
 * needed: talosctl checks the patches on a configuration with secrets of its own.
 *
 * @returns 0 done; 1 failed; 2 files differ (with `check`)
 */
export async function runStandaloneGenerate(
  options: GenerateOptions,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const chosen = await chooseCluster(options.definitions, options.cluster);
  const refused = (problems: readonly string[]): number => fail([...problems, 'nothing written'], io);
  if ('problems' in chosen) return refused(chosen.problems);
  const { cluster, draft } = chosen;
  const folder = join(options.output, cluster.name);
  const manifest = parseJson(readIfThere(join(folder, MANIFEST_FILE)) ?? '');
  const before = 'value' in manifest ? manifestSchema.safeParse(manifest.value).data : undefined;
  const contract = contractProblem(draft, folder, before?.talos_contract);
  tell(contract, io);
  if (contract.length > 0) return refused([]);
  const { patches, diagnostics } = nodePatches(cluster, draft.source.file);
  tell(diagnostics, io);
  if (diagnostics.length > 0) return refused([]);
  const checked = await check(cluster, patches, io, signal);
  if (typeof checked !== 'string') return refused(checked.problems);
  io.err(`${checked}\n`);
  try {
    return options.check
      ? compare(folder, files(cluster, patches), options, io)
      : write(folder, files(cluster, patches), options, io);
  } catch (cause) {
    return refused([
      `error: ${folder}: cannot be used (${errorCode(cause)}); check the folder and its permissions`,
    ]);
  }
}

/** @returns a line that says what was checked, or what is wrong */
async function check(
  cluster: Cluster,
  patches: NodePatches['patches'],
  io: Io,
  signal: AbortSignal,
): Promise<string | { readonly problems: readonly string[] }> {
  const talosctl = createTalosctl({ signal });
  const version = await checkVersion(talosctl, cluster.talosVersion);
  if ('problem' in version) return skipped(version.problem.message);
  const secrets = await talosctl.call(['gen', 'secrets', '--output-file', '-']);
  if ('problem' in secrets) return { problems: [`error: ${secrets.problem.message}`] };
  const { endpoint } = standaloneOf(cluster);
  const bundle = { text: secrets.text, kubernetesCa: '' };
  const made = await withAccess(talosctl, { name: cluster.name, endpoint, bundle }, io, (access) =>
    atOnce(4, cluster.nodes, (node) =>
      machineConfig(access, cluster, endpoint, node, patches.get(node.name) ?? []),
    ),
  );
  if ('problem' in made) return { problems: [`error: ${made.problem.message}`] };
  const problems = made.flatMap((one, i) =>
    'problem' in one ? [`error: talosctl: node ${cluster.nodes[i]?.name ?? ''}: ${one.problem.message}`] : [],
  );
  const nodes = count(cluster.nodes.length, 'node');
  return problems.length > 0
    ? { problems }
    : `talosctl ${version.version}: the machine configurations of ${nodes} are valid`;
}

const skipped = (why: string): string => `not checked: machine configurations by talosctl: ${why}`;

/** Files by path below the folder of the cluster. */
const files = (cluster: Cluster, patches: NodePatches['patches']): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    [...patches].map(([name, documents]) => [`${NODES}/${name}.yaml`, nodeFile(documents)]),
  ),
  [MANIFEST_FILE]: stableJson({
    format_version: 1,
    cluster: cluster.name,
    talos_contract: cluster.talosContract,
  }),
});

const HEADER = `# What the definition says of this node, generated: change that, not this file. talosctl merges these patches, in this order, into
# the configuration that it makes for the version contract. No secret is here: in place of \${secret:NAME} comes TF_VAR_NAME.
`;

const nodeFile = (documents: readonly TalosDocument[]): string =>
  HEADER +
  documents
    .map((document) => `---\n# ${title(document)}\n${stringify(document.body, { lineWidth: 0 })}`)
    .join('');

const title = ({ owner, name }: TalosDocument): string =>
  `${owner.level === 'cluster' ? 'all nodes' : owner.level === 'set' ? owner.set : owner.node}: ${name}`;

function write(
  folder: string,
  wanted: Readonly<Record<string, string>>,
  { json }: GenerateOptions,
  io: Io,
): number {
  const stale = staleFiles(folder, wanted);
  const states: Record<string, string> = writeTogether(folder, wanted);
  for (const path of stale) {
    rmSync(join(folder, path), { force: true });
    states[path] = 'removed';
  }
  const changed = Object.entries(states).filter(([, state]) => state !== 'unchanged');
  if (json) io.out(stableJson({ format_version: 1, folder, files: states }));
  for (const [path, state] of changed) io.err(`${join(folder, path)}: ${state}\n`);
  if (changed.length === 0) io.err(`${folder}: unchanged\n`);
  return 0;
}

function compare(
  folder: string,
  wanted: Readonly<Record<string, string>>,
  { json }: GenerateOptions,
  io: Io,
): number {
  const states: Record<string, string> = {};
  for (const [path, text] of Object.entries(wanted)) {
    const file = join(folder, path);
    const there = readIfThere(file);
    if (there === text) continue;
    states[path] = there === undefined ? 'missing' : 'differs';
    if (!json) io.out(createTwoFilesPatch(file, file, there ?? '', text, 'on disk', 'generated'));
  }
  for (const path of staleFiles(folder, wanted)) states[path] = 'stale';
  if (json) io.out(stableJson({ format_version: 1, folder, files: states }));
  const different = Object.entries(states);
  for (const [path, state] of different) io.err(`${join(folder, path)}: ${state}\n`);
  if (different.length === 0) io.err(`${folder}: unchanged\n`);
  return different.length > 0 ? 2 : 0;
}

/** Files of nodes that are gone. */
function staleFiles(folder: string, wanted: Readonly<Record<string, string>>): string[] {
  const nodes = join(folder, NODES);
  if (!existsSync(nodes)) return [];
  return readdirSync(nodes)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${NODES}/${name}`)
    .filter((path) => !Object.hasOwn(wanted, path));
}

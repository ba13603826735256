import { existsSync } from 'node:fs';
import type { Wanted } from '../../../model/migrate/adopt/select';
import { fileProblem, formatDiagnostic, hasErrors } from '../../../model/diagnostics/diagnostics';
import { problemTexts } from '../../../model/diagnostics/lines';
import { resolve } from '../../../model/cluster/resolve';
import type { Role } from '../../../model/cluster/roles';
import { count } from '../../../model/support/text';
import { prove, type Proof } from './prove';
import { changeLines, figures, keptLines, nextLines, nodeLines, removedFile } from './report';
import { clusterNameIn, readSources, type Base, type OldState } from './sources';
import { survey, type Survey } from './survey';
import { describeRunning, type Described } from './talos/describe';
import { readNodes } from './talos/read';
import { sealedSecrets, type Secrets } from './talos/secrets';
import { writeOnce } from '../../lib/talos/store-bundle';
import { createTalosctl, type Talosctl } from '../../lib/talos/talosctl';
import type { RunningNode } from '../../../model/migrate/adopt/talos/running-node';
import { writeIfChanged } from '../../lib/platform/files';
import { errorCode } from '../../../model/support/files';
import { fail } from '../../lib/platform/io';
import type { Io } from '../../../model/diagnostics/io';
import { Collector } from '../../lib/proxmox/collect';
import { reviewText } from '../../lib/review/text';
import { tell } from '../../lib/project/tell';
import { newDefinition } from '../../lib/project/workspace';

export interface AdoptOptions {
  /** May be left out where the definition to build upon names it, and there is just one. */
  readonly cluster?: string;
  /** Definitions, variables of the starter, states. */
  readonly from: readonly string[];
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** Names or VMIDs of VMs by role. */
  readonly vms: Readonly<Record<Role, readonly string[]>>;
  readonly skip: readonly string[];
  /** Default: `<definitions>/<cluster>.yaml`. */
  readonly output?: string;
  /** Where `removed` blocks for the old projects go. */
  readonly removed?: string;
  readonly force?: boolean;
  /** Seconds per request. */
  readonly timeout: number;
  readonly env: NodeJS.ProcessEnv;
  /** Leads to the cluster that the VMs are, where it runs without Omni. */
  readonly talosconfig?: string;
  /** Of the talosconfig. */
  readonly context?: string;
}

/**
 * Writes a definition for VMs that exist, and proves by a plan that they stay what they are.
 *
 * @returns the exit code: 0 written, 1 failure, 2 the plan would do harm; nothing is written then
 */
export async function runAdopt(given: AdoptOptions, io: Io, signal?: AbortSignal): Promise<number> {
  const cluster = given.cluster ?? (await clusterNameIn(given.from, given.definitions));
  if (cluster === undefined) return fail([NO_NAME], io);
  const options: Request = { ...given, cluster };
  const usual = newDefinition(cluster, options.definitions);
  const output = options.output ?? usual;
  for (const file of [output, options.removed])
    if (file !== undefined && !options.force && existsSync(file))
      return fail([formatDiagnostic(fileProblem(file, EXISTS))], io);

  const { base, states, diagnostics } = await sourcesOf(options, usual);
  if (!base || hasErrors(diagnostics)) return fail(problemTexts(diagnostics), io);
  tell(diagnostics, io);
  const talosctl = createTalosctl({ env: options.env, ...(signal ? { signal } : {}) });
  const nodes = await runningNodes(options, base, talosctl);
  if (nodes && 'problems' in nodes) return fail(asErrors(nodes.problems), io);
  const surveyed = await surveyWith(options, base, states, nodes?.nodes);
  const problems = [...problemTexts(surveyed.diagnostics), ...asErrors(surveyed.problems)];
  if (problems.length > 0) return fail(problems, io);

  const drafted = { cluster, base: base.definition, adoptions: surveyed.adoptions, output };
  const described: Described | { problems: readonly string[] } = nodes
    ? await describeRunning({ ...drafted, talosctl, io })
    : { ...drafted, notes: [] };
  if ('problems' in described) return fail([...asErrors(described.problems), 'nothing written'], io);
  const secrets = await sealedSecrets(cluster, output, described);
  for (const note of described.notes) io.err(`note: ${note}\n`);
  if ('problems' in secrets) return fail([...asErrors(secrets.problems), 'nothing written'], io);
  const proof = await prove({
    ...drafted,
    base: described.base,
    adoptions: described.adoptions,
    header: header(options),
    io,
    ...(signal ? { signal } : {}),
  });
  if ('problems' in proof) return fail([...proof.problems, 'nothing written'], io);
  tell(proof.warnings, io);
  const harm = harmOf(proof);
  if (harm.length > 0) {
    io.out(reviewText(proof.review, false));
    fail([...harm.map((what) => `error: ${what}`), 'nothing written'], io);
    return 2;
  }
  return write(options, output, states, proof, io, secrets);
}

/** Problems may come from rules, with their severity. */
const asErrors = (problems: readonly string[]): string[] =>
  problems.map((problem) => (/^\S.*: (?:error|warning)\[/.test(problem) ? problem : `error: ${problem}`));

/** Nodes of the cluster that a talosconfig leads to; undefined without one. */
async function runningNodes(
  { talosconfig, context, skip }: AdoptOptions,
  { definition }: Base,
  talosctl: Talosctl,
): Promise<Awaited<ReturnType<typeof readNodes>> | undefined> {
  if (talosconfig === undefined) return undefined;
  const options = { talosconfig, ...(context === undefined ? {} : { context }) };
  return readNodes(talosctl, options, { subnet: definition.network_config?.subnet, skip });
}

type Request = AdoptOptions & { readonly cluster: string };

const NO_NAME =
  'error: name the cluster: npm run adopt -- <cluster>; it may be left out where one definition is there to build upon, with cluster_name';

type Proven = Exclude<Proof, { problems: unknown }>;

const EXISTS = 'the file exists; choose another name with -o, or write over it with --force';

async function sourcesOf(options: Request, usual: string): ReturnType<typeof readSources> {
  const read = await readSources(options.from, options.cluster);
  // The definition that is to grow, where nobody names another.
  if (read.base || hasErrors(read.diagnostics)) return checkName(options, read);
  if (existsSync(usual))
    return checkName(options, await readSources([...options.from, usual], options.cluster));
  const missing = `no definition to build upon; write one with talos_version, proxmox_servers and network_config, and name it (or the terraform.tfvars of the starter) with --from`;
  return { ...read, diagnostics: [...read.diagnostics, fileProblem(usual, missing)] };
}

/** A definition belongs to one cluster; its state would be that of another. */
function checkName(
  { cluster }: Request,
  sources: Awaited<ReturnType<typeof readSources>>,
): Awaited<ReturnType<typeof readSources>> {
  const name = sources.base?.definition.cluster_name;
  if (!sources.base || name === undefined || name === cluster) return sources;
  const message = `defines cluster "${name}", not "${cluster}"; write npm run adopt -- ${name}, or correct cluster_name`;
  return {
    ...sources,
    diagnostics: [...sources.diagnostics, fileProblem(sources.base.source.file, message)],
  };
}

async function surveyWith(
  { vms, skip, env, timeout }: AdoptOptions,
  { source, definition, starter }: Base,
  states: readonly OldState[],
  nodes?: readonly RunningNode[],
): Promise<Survey> {
  const collector = new Collector({ env, timeout: timeout * 1000 });
  const all = states.flatMap((state) => state.vms);
  const wanted: Wanted = { flags: vms, skip, definition, allNodes: starter, states: all };
  try {
    return await survey(resolve(definition, source).servers, wanted, source, collector, nodes);
  } finally {
    await collector.close();
  }
}

const header = ({ cluster }: Request): string[] => [
  `Adopted by npm run adopt -- ${cluster}. VMs with adopted: true were there before, and are imported by the first apply.`,
  'Their identity is written out and must not change. ignore_changes names what of a VM stays as it is.',
];

/** Whatever must not happen to a VM that is adopted, or to anything else by the way. */
function harmOf({ review, adoptions, left }: Proven): string[] {
  const { nodes, others, findings } = review;
  const adopted = adoptions.map(({ vm }) => vm.name);
  const lost = [...nodes, ...others]
    .filter(({ action }) => ['remove', 'replace', 'lost'].includes(action))
    .map(({ name }) => `the plan would destroy or replace ${name}`);
  const own = nodes.filter(({ name }) => adopted.includes(name));
  return [
    ...left,
    ...lost,
    ...own.filter(({ action }) => action === 'create').map(({ name }) => `the plan would re-create ${name}`),
    ...findings
      .filter(({ severity }) => severity === 'blocked')
      .map(({ subject, message }) => `${subject}: ${message}`),
  ];
}

function write(
  { cluster, removed }: Request,
  output: string,
  states: readonly OldState[],
  { yaml, stacks, review, adoptions }: Proven,
  io: Io,
  secrets: Secrets,
): number {
  const blocks = removedFile(states, adoptions);
  const problem = secrets.sealed ? writeOnce(secrets.sealed) : undefined;
  if (problem !== undefined) return fail([`error: ${problem}`, 'nothing written'], io);
  try {
    if (removed !== undefined) io.err(`${removed}: ${writeIfChanged(removed, blocks)}\n`);
    io.err(`${output}: ${writeIfChanged(output, yaml)}\n`);
  } catch (cause) {
    return fail(
      [
        formatDiagnostic(
          fileProblem(
            output,
            `cannot be written (${errorCode(cause)}); check the folder and its permissions`,
          ),
        ),
      ],
      io,
    );
  }
  const lines = [
    `${cluster}: ${count(adoptions.length, 'VM')} adopted`,
    ...nodeLines(adoptions),
    `Plan: ${figures(review)}.`,
    ...changeLines(review),
    ...keptLines(adoptions),
    ...secrets.lines,
    ...nextLines(stacks, states, adoptions),
  ];
  io.out(`${lines.join('\n')}\n`);
  return 0;
}

import { createTwoFilesPatch } from 'diff';
import { join } from 'node:path';
import { diagnostic, fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { elsewhere } from '../../../model/omni/elsewhere';
import { templateProblems } from '../../../model/omni/template-problems';
import { count } from '../../../model/support/text';
import { tell } from '../../lib/project/tell';
import { chooseCluster } from '../../lib/project/choose-cluster';
import { errorCode, readIfThere } from '../../../model/support/files';
import { contractProblem } from './contract';
import {
  compareFiles,
  generatedFiles,
  readManifest,
  TEMPLATE_FILE,
  writeFiles,
  type FileDifference,
  type FileState,
  type GeneratedFiles,
} from './files';
import type { GateResult } from './gate-result';
import { checkWithTools } from './gates';
import { findMachineIds } from './machine-ids';
import { renderDefinition } from '../../../model/templates/render';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';

export interface GenerateOptions {
  /** Name of the cluster; may be left out where there is just one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** Folder that gets a folder for the cluster. */
  readonly output: string;
  /** Take the SMBIOS UUIDs of the definition for machine ids. */
  readonly fromDefinition?: boolean;
  /** Write nothing; exit with 2 if something would change. */
  readonly check?: boolean;
  /** Print the result in JSON on standard output. */
  readonly json?: boolean;
}

/** What came of a run; with `--json` it is printed. */
interface Outcome {
  readonly status: 'written' | 'unchanged' | 'differs' | 'failed';
  readonly cluster?: string;
  readonly folder?: string;
  readonly files?: ReadonlyMap<string, FileState | FileDifference>;
  readonly gates?: readonly GateResult[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Makes the Omni template of a cluster. @returns the exit code: 0 done, 1 failed, 2 files differ (with `check`) */
export async function runGenerate(options: GenerateOptions, io: Io): Promise<number> {
  const outcome = await generate(options, io).catch((cause: unknown) => unusableFile(cause, io));
  const { status, folder = '', files = new Map<string, string>() } = outcome;
  if (options.json) io.out(stableJson(report(outcome)));
  if (status === 'failed') io.err('nothing written\n');
  else if (status === 'unchanged') io.err(`${folder}: unchanged\n`);
  else for (const line of fileLines(folder, files)) io.err(`${line}\n`);
  return { written: 0, unchanged: 0, differs: 2, failed: 1 }[status];
}

/** A file that cannot be read or written; any other failure is a bug, and goes on. */
function unusableFile(cause: unknown, io: Io): Outcome {
  const { path, syscall } = cause as NodeJS.ErrnoException;
  if (path === undefined || syscall === undefined) throw cause;
  const message = `cannot be used (${errorCode(cause)}); check the folder and its permissions`;
  const problem = fileProblem(path, message, 'machine-configs');
  tell([problem], io);
  return { status: 'failed', diagnostics: [problem] };
}

async function generate(options: GenerateOptions, io: Io): Promise<Outcome> {
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) {
    for (const problem of chosen.problems) io.err(`${problem}\n`);
    return { status: 'failed', diagnostics: chosen.diagnostics };
  }
  const { cluster, draft, warnings } = chosen;
  const all = `npm run -s generate -- ${cluster.name} --check --json`;
  tell(warnings, io, all);
  const folder = join(options.output, cluster.name);
  const fail = (diagnostics: readonly Diagnostic[]): Outcome => {
    tell(diagnostics, io, all);
    return {
      status: 'failed',
      cluster: cluster.name,
      diagnostics: [...warnings, ...diagnostics],
    };
  };
  const other = elsewhere(cluster, 'generate');
  if (other !== undefined) return fail([diagnostic(draft.source, 'management', ['management'], other)]);
  const machines = findMachineIds(draft, options.fromDefinition ?? false);
  const problems = [
    ...templateProblems(draft),
    ...machines.problems,
    ...contractProblem(draft, folder, readManifest(folder)?.talos_contract),
  ];
  if (problems.length > 0) return fail(problems);
  if (machines.note !== undefined) io.err(`${machines.note}\n`);

  const rendered = renderDefinition(cluster, machines.ids, draft.source.file);
  if (hasErrors(rendered.diagnostics)) return fail(rendered.diagnostics);
  const source = options.fromDefinition ? 'definition' : 'matched-machines';
  const files = generatedFiles(cluster, machines.ids, source, rendered.documents);
  const gates = await checkWithTools(cluster, files.get(TEMPLATE_FILE) ?? '', rendered.documents);
  for (const { line } of gates) io.err(`${line}\n`);
  if (gates.some(({ status }) => status === 'failed')) return { ...fail([]), gates };
  const done = options.check ? compare(folder, files, options, io) : write(folder, files);
  return { ...done, cluster: cluster.name, folder, gates, diagnostics: warnings };
}

function write(folder: string, files: GeneratedFiles): Pick<Outcome, 'status' | 'files'> {
  const states = writeFiles(folder, files);
  const changed = [...states.values()].some((state) => state !== 'unchanged');
  return { status: changed ? 'written' : 'unchanged', files: states };
}

function compare(
  folder: string,
  files: GeneratedFiles,
  { json }: GenerateOptions,
  io: Io,
): Pick<Outcome, 'status' | 'files'> {
  const differences = compareFiles(folder, files);
  if (!json && differences.has(TEMPLATE_FILE)) {
    const path = join(folder, TEMPLATE_FILE);
    io.out(
      createTwoFilesPatch(
        path,
        path,
        readIfThere(path) ?? '',
        files.get(TEMPLATE_FILE) ?? '',
        'on disk',
        'generated',
      ),
    );
  }
  return { status: differences.size > 0 ? 'differs' : 'unchanged', files: differences };
}

/** One line per file that counts, and one for all machines together. */
function fileLines(folder: string, files: ReadonlyMap<string, string>): string[] {
  const changed = [...files].filter(([, state]) => state !== 'unchanged');
  const machines = new Map<string, number>();
  const lines: string[] = [];
  for (const [path, state] of changed) {
    if (path.startsWith('machines/')) machines.set(state, (machines.get(state) ?? 0) + 1);
    else lines.push(`${join(folder, path)}: ${state}`);
  }
  for (const [state, number] of machines)
    lines.push(`${join(folder, 'machines')}: ${count(number, 'file')} ${state}`);
  return lines;
}

const report = ({ status, cluster, folder, files, gates, diagnostics }: Outcome): unknown => ({
  format_version: 1,
  status,
  cluster: cluster ?? null,
  folder: folder ?? null,
  files: Object.fromEntries(files ?? []),
  checks: (gates ?? []).map(({ tool, status: result, line }) => ({ tool, status: result, message: line })),
  diagnostics,
});

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { checkDefinitions, definitionText } from '../../../model/load/load';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { ERA_FACTS, readStarter, type StarterFile } from '../../../model/migrate/starter';
import { writeIfChanged } from '../../lib/platform/files';
import { errorCode } from '../../../model/support/files';
import { hoist } from './hoist';
import { allOf, counts, logLines, tokenLines, tokenEnvironmentVariable } from './log';
import { tell } from '../../lib/project/tell';
import { prepareDefinition, type PreparedDefinition } from './prepare';
import { definitionYaml } from './yaml';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';

export interface ImportOptions {
  /** The `terraform.tfvars` of a starter. */
  readonly file: string;
  /** Where to write the definition; standard output if absent. */
  readonly output?: string;
  /** Write over an existing file. */
  readonly force?: boolean;
  /** Print a report in JSON instead of the definition. */
  readonly json?: boolean;
}

/** What came of an import; with `--json` it is printed. */
interface Outcome {
  readonly status: 'printed' | 'written' | 'unchanged' | 'failed';
  readonly diagnostics: readonly Diagnostic[];
  readonly starter?: StarterFile;
  readonly prepared?: PreparedDefinition;
  readonly yaml?: string;
}

/** Turns a starter file into a definition in YAML. Returns the exit code. */
export async function runImport(options: ImportOptions, io: Io): Promise<number> {
  const outcome = await importFile(options, io);
  const { status, yaml } = outcome;
  if (options.json) io.out(stableJson(report(options, outcome)));
  else if (status === 'printed') io.out(yaml ?? '');
  if (status === 'failed') io.err('nothing written\n');
  else if (status !== 'printed') io.err(`${options.output}: ${status}\n`);
  return status === 'failed' ? 1 : 0;
}

async function importFile(options: ImportOptions, io: Io): Promise<Outcome> {
  const { file, output } = options;
  const fail = (diagnostics: readonly Diagnostic[], rest: Partial<Outcome> = {}): Outcome => {
    tell(diagnostics, io, allOf(file));
    return { ...rest, status: 'failed', diagnostics };
  };
  if (output !== undefined && !options.force && existsSync(output)) {
    return fail([fileProblem(output, 'the file exists; choose another name, or write over it with --force')]);
  }
  const read = definitionText(file, 'name the terraform.tfvars of the starter');
  if ('problem' in read) return fail([fileProblem(file, read.problem)]);
  const starter = await readStarter(file, read.text);
  const { parsed, conversion } = starter;
  if (!conversion) return fail(parsed.diagnostics, { starter });

  const prepared = prepareDefinition(parsed, conversion);
  for (const line of logLines(file, conversion.era, prepared)) io.err(`${line}\n`);
  const { diagnostics } = prepared;
  if (hasErrors(diagnostics)) return { status: 'failed', diagnostics, starter, prepared };

  const yaml = write(options, starter, prepared);
  // A definition that was checked once cannot fail in YAML, unless something is wrong with the writer.
  const broken = checkDefinitions([parseYaml(output ?? file, yaml)]).diagnostics;
  if (hasErrors(broken)) return fail(broken, { starter, prepared });

  for (const line of tokenLines(prepared.servers)) io.err(`${line}\n`);
  if (output === undefined) return { status: 'printed', diagnostics, starter, prepared, yaml };
  try {
    return { status: writeIfChanged(output, yaml), diagnostics, starter, prepared, yaml };
  } catch (cause) {
    return fail([
      fileProblem(output, `cannot be written (${errorCode(cause)}); check the folder and its permissions`),
    ]);
  }
}

function write(
  { file }: ImportOptions,
  { conversion }: StarterFile,
  { definition, notes, servers }: PreparedDefinition,
): string {
  const era = conversion?.era ?? 'v3';
  const header = [
    `Imported from the ${basename(file)} of the starter (${era}: ${ERA_FACTS[era].title}).`,
    'Identities are written out: a node keeps index, MAC address and VMID whatever happens to the lists.',
    `API tokens stay in the environment: ${servers.map(({ key }) => tokenEnvironmentVariable(key)).join(', ')}, each user@realm!id=secret.`,
    'For VMs that run already, npm run adopt writes a definition that keeps them as they are.',
  ];
  return definitionYaml(hoist(definition), { header, notes });
}

function report(
  { output }: ImportOptions,
  { status, diagnostics, starter, prepared, yaml }: Outcome,
): unknown {
  const numbers = counts(prepared?.definition ?? {});
  return {
    format_version: 1,
    status,
    era: starter?.conversion?.era ?? null,
    nodes: {
      control_planes: numbers['control plane'] ?? 0,
      workers: numbers['worker'] ?? 0,
      gpu_workers: numbers['GPU worker'] ?? 0,
    },
    environment: (prepared?.servers ?? []).map(({ key }) => tokenEnvironmentVariable(key)),
    notes: (prepared?.notes ?? []).map(({ path, severity, message }) => ({ path, severity, message })),
    diagnostics,
    output: output ?? null,
    yaml: yaml ?? null,
  };
}

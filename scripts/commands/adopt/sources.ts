import { readFileSync } from 'node:fs';
import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { checkShape } from '../../../model/cluster/definition/shape';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { DEFINITION, definitionText } from '../../../model/load/load';
import { readOldState, type StateVm } from '../../../model/migrate/adopt/old-state';
import type { Source } from '../../../model/diagnostics/source';
import { readStarter } from '../../../model/migrate/starter';
import { list } from '../../../model/support/text';
import { errorCode } from '../../../model/support/files';
import { prepareDefinition } from '../import/prepare';
import { definitionFiles } from '../../lib/project/workspace';

/** A definition to build upon: servers and network at least. */
export interface Base {
  readonly source: Source;
  readonly definition: DefinitionDraft;
  /** Variables of the starter: all its nodes are meant. */
  readonly starter: boolean;
}

/** A Terraform state that the VMs are in now. */
export interface OldState {
  readonly file: string;
  readonly vms: readonly StateVm[];
  /** Addresses of what is no VM. */
  readonly others: readonly string[];
}

export interface Sources {
  readonly base?: Base;
  readonly states: readonly OldState[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads definitions, variables of the starter, and states; all problems at once.
 *
 * @param cluster name of the cluster where a definition does not say it
 */
export async function readSources(files: readonly string[], cluster: string): Promise<Sources> {
  const read = await Promise.all(files.map((file) => readSource(file, cluster)));
  const bases = read.flatMap(({ base }) => base ?? []);
  const diagnostics = read.flatMap(({ diagnostics: own = [] }) => own);
  const [base, second] = bases;
  if (second)
    diagnostics.push(
      fileProblem(
        second.source.file,
        `${list(bases.map(({ source }) => source.file))} all define servers; give one`,
      ),
    );
  return { ...(base ? { base } : {}), states: read.flatMap(({ state }) => state ?? []), diagnostics };
}

/** The name in the one definition that is there to build upon. */
export async function clusterNameIn(
  from: readonly string[],
  definitions: string,
): Promise<string | undefined> {
  const files = from.filter((file) => DEFINITION.test(file));
  const read = await Promise.all(
    (files.length > 0 ? files : definitionFiles(definitions)).map((file) => readSource(file, '')),
  );
  const [base, second] = read.flatMap((one) => one.base ?? []);
  return second ? undefined : base?.definition.cluster_name || undefined;
}

interface Read {
  readonly base?: Base;
  readonly state?: OldState;
  readonly diagnostics?: readonly Diagnostic[];
}

const NAME_ONE = 'name a definition, a terraform.tfvars or a state';

function stateText(file: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (cause) {
    return { problem: `cannot be read (${errorCode(cause)}); ${NAME_ONE}` };
  }
}

async function readSource(file: string, cluster: string): Promise<Read> {
  const isDefinition = DEFINITION.test(file);
  const read = isDefinition ? definitionText(file, NAME_ONE) : stateText(file);
  if ('problem' in read) return { diagnostics: [fileProblem(file, read.problem)] };
  const { text } = read;
  if (isDefinition) return file.endsWith('.tfvars') ? starterBase(file, text) : yamlBase(file, text, cluster);
  const state = readOldState(text);
  if ('problem' in state) return { diagnostics: [fileProblem(file, state.problem, 'adopt-state')] };
  if (state.vms.length > 0) return { state: { file, ...state } };
  const found = state.others.length > 0 ? `, only ${list(state.others.slice(0, 5))}` : '';
  return {
    diagnostics: [
      fileProblem(file, `no VM is in this state${found}; name the state that has them`, 'adopt-state'),
    ],
  };
}

function yamlBase(file: string, text: string, cluster: string): Read {
  const { source, value, diagnostics } = parseYaml(file, text);
  if (hasErrors(diagnostics)) return { diagnostics };
  const named =
    typeof value === 'object' && !Array.isArray(value) ? { cluster_name: cluster, ...value } : value;
  const shape = checkShape(named, source);
  return { base: { source, definition: shape.draft, starter: false }, diagnostics: shape.diagnostics };
}

async function starterBase(file: string, text: string): Promise<Read> {
  const { parsed, conversion } = await readStarter(file, text);
  if (!conversion) return { diagnostics: parsed.diagnostics };
  const { definition } = prepareDefinition(parsed, conversion);
  const source = { ...parsed.source, starter: false };
  return {
    base: { source, definition: checkShape(definition, source).draft, starter: true },
    diagnostics: parsed.diagnostics,
  };
}

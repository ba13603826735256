import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { formatPath } from '../../../model/diagnostics/diagnostics';
import { sortDiagnostics } from '../../../model/diagnostics/sort';
import { checkDefinitions } from '../../../model/load/load';
import { checkShape } from '../../../model/cluster/definition/shape';
import type { Parsed } from '../../../model/cluster/definition/yaml';
import type { Path } from '../../../model/diagnostics/source';
import type { Conversion, Note } from '../../../model/migrate/starter';

type Values = Record<string, unknown>;

/** A starter file on its way to a definition of ours. */
export interface PreparedDefinition {
  readonly definition: Values;
  readonly notes: readonly Note[];
  /** Placed in the starter file, with the severity that they have in a definition of ours. */
  readonly diagnostics: readonly Diagnostic[];
  readonly servers: readonly { readonly key: string; readonly tokenId: string }[];
}

/** Takes out what a definition cannot have, gives each GPU to one VM, and checks the rest. */
export function prepareDefinition(
  { source, diagnostics }: Parsed,
  conversion: Conversion,
): PreparedDefinition {
  // A list without nodes says nothing.
  const filled = Object.entries(conversion.definition).filter(
    ([, value]) => !Array.isArray(value) || value.length > 0,
  );
  const cleaned = structuredClone(Object.fromEntries(filled));
  const servers = takeTokens(cleaned);
  const gpuNotes = unshareMappings(cleaned);
  // Rules are milder with starter files. What is written is not one any more.
  const ours = { ...source, starter: false };
  const unknown = checkShape(cleaned, ours).diagnostics.filter(({ rule }) => rule === 'schema-key-unknown');
  const paths = new Set(unknown.map(({ path }) => path));
  const definition = without(cleaned, [], paths) as Values;
  const checked = checkDefinitions([{ source: ours, value: definition, diagnostics: [] }]);
  return {
    definition,
    notes: [...conversion.notes, ...gpuNotes],
    servers,
    diagnostics: sortDiagnostics([
      ...diagnostics.map(asTerraformTookIt),
      ...gpuNotes.map(({ path, message }): Diagnostic => ({
        file: source.file,
        ...source.locate(path),
        severity: 'warning',
        rule: 'starter-value',
        path: formatPath(path),
        message,
      })),
      ...unknown.map((d): Diagnostic => ({
        ...d,
        severity: 'warning',
        message: `${d.message}; it is left out`,
      })),
      ...checked.diagnostics,
    ]),
  };
}

/** Terraform refuses a variable that is set twice, but in a map it silently takes the last value, and so do we. */
function asTerraformTookIt(found: Diagnostic): Diagnostic {
  const inMap = found.rule === 'duplicate-key' && /[.[]/.test(found.path);
  return inMap
    ? { ...found, severity: 'warning', message: `${found.message}; Terraform took this one` }
    : found;
}

/** Removes the tokens of the servers; returns which servers need one. */
function takeTokens(definition: Values): { key: string; tokenId: string }[] {
  return entries(definition['proxmox_servers']).map(([key, server]) => {
    delete server['api_token_secret'];
    const id = server['api_token_id'];
    return { key, tokenId: typeof id === 'string' ? id : 'user@realm!id' };
  });
}

/** The starter gave one mapping to all GPU workers, but one device serves one VM: the first on each server keeps it. */
function unshareMappings(definition: Values): Note[] {
  const taken = new Map<string, unknown>();
  const notes: Note[] = [];
  for (const [index, node] of entries(definition['gpu_workers'])) {
    const mappings = node['gpu_mappings'];
    if (!Array.isArray(mappings) || mappings.length === 0) continue;
    const id = JSON.stringify([node['proxmox_server'], mappings]);
    if (taken.has(id)) {
      node['gpu_mappings'] = [];
      const message = `"${String(taken.get(id))}" on the same server uses ${mappings.join()}, and a GPU serves one VM; make a mapping for the GPU of "${String(node['name'])}" and name it here`;
      notes.push({ path: ['gpu_workers', Number(index), 'gpu_mappings'], severity: 'warning', message });
    } else taken.set(id, node['name']);
  }
  return notes;
}

/** Entries of a map or list whose values are maps. */
function entries(value: unknown): [string, Values][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).filter((entry): entry is [string, Values] => isMap(entry[1]));
}

const isMap = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function without(value: unknown, at: Path, paths: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item, i) => without(item, [...at, i], paths));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !paths.has(formatPath([...at, key])))
      .map(([key, item]) => [key, without(item, [...at, key], paths)]),
  );
}

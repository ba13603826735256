import { adoptedDefinition, type Adoption } from '../../../model/migrate/adopt/definition';
import { hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { problemTexts } from '../../../model/diagnostics/lines';
import { checkDefinitions, type CheckedCluster } from '../../../model/load/load';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { hoist } from '../import/hoist';
import { definitionYaml } from '../import/yaml';

/** A definition on its way. */
export interface Drafted {
  readonly cluster: string;
  readonly base: DefinitionDraft;
  readonly adoptions: readonly Adoption[];
  /** File that the definition is for: problems are told of it. */
  readonly output: string;
  readonly header?: readonly string[];
}

/** A definition as it would be written, once the rules have nothing against it. */
export function checkedDefinition({
  cluster,
  base,
  adoptions,
  output,
  header = [],
}: Drafted):
  | { readonly yaml: string; readonly cluster: CheckedCluster; readonly warnings: readonly Diagnostic[] }
  | { readonly problems: readonly string[] } {
  const yaml = definitionYaml(hoist(adoptedDefinition(cluster, base, adoptions)), { header, notes: [] });
  const { clusters, diagnostics } = checkDefinitions([parseYaml(output, yaml)]);
  const [checked] = clusters;
  if (!checked || hasErrors(diagnostics)) return { problems: problemTexts(diagnostics.map(placeless)) };
  return { yaml, cluster: checked, warnings: diagnostics };
}

/** The file is not there yet: a line of it would be no help. */
const placeless = ({ line: _, column: __, ...problem }: Diagnostic): Diagnostic => problem;

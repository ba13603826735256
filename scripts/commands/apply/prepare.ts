import { join } from 'node:path';
import { fileProblem, hasErrors, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { AssembledCluster } from '../../../model/assembly/read';
import { findings } from '../../../model/omni/findings';
import { staleNodes } from '../../../model/inventory/stale';
import type { MachineIds } from '../../../model/omni/machine-ids';
import type { MachineStatus } from '../../../model/omni/machine-status';
import { matchMachines, type Matching } from '../../../model/omni/match';
import { wantedMembers, wantedSets, type WantedCluster } from '../../../model/omni/membership';
import { fieldProblems, hasNewFields } from '../../../model/omni/template-fields';
import { templateProblems } from '../../../model/omni/template-problems';
import { readIfThere } from '../../../model/support/files';
import {
  compareFiles,
  generatedFiles,
  MANIFEST_FILE,
  parseManifest,
  readManifest,
  sha256,
  TEMPLATE_FILE,
  type GeneratedFiles,
} from '../generate/files';
import { renderDefinition, type TemplateDocument } from '../../../model/templates/render';
import { loadInventory, type InventorySource } from '../../lib/terraform/inventory-source';
import { askMachines, askVersion } from '../../lib/omni/live-cluster';
import type { Omnictl } from '../../lib/omni/omnictl';

/** What is to be synced, and what Omni has now. */
export interface PreparedSync {
  readonly wanted: WantedCluster;
  readonly documents: readonly TemplateDocument[];
  /** Text of the template where it is not the generated file. */
  readonly template?: string;
  /** All machines of Omni. */
  readonly machines: readonly MachineStatus[];
  /** With an error among them nothing may be synced. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PrepareOptions {
  readonly source: InventorySource;
  /** Folder of the cluster with the generated files; absent where they do not matter. */
  readonly folder?: string;
}

/**
 * Asks who is who now, and makes the template again: what is synced must be what the definition, the inventory and Omni say at
 * this moment. Reads only.
 *
 * @returns only diagnostics where the machines are not all known
 */
export async function prepareSync(
  checked: AssembledCluster,
  omnictl: Omnictl,
  { source, folder }: PrepareOptions,
): Promise<PreparedSync | { readonly diagnostics: readonly Diagnostic[] }> {
  const { cluster, draft } = checked;
  const read = await loadInventory(source);
  if ('diagnostics' in read) return read;
  const asked = await askMachines(omnictl);
  if ('problem' in asked)
    return { diagnostics: [fileProblem(cluster.name, asked.problem.message, asked.problem.rule)] };

  const match = { cluster: cluster.name, talosVersion: cluster.talosVersion };
  const matching = matchMachines(read.inventory, asked.machines, match);
  const names = new Set(cluster.nodes.map(({ name }) => name));
  const known = [
    ...templateProblems(draft),
    ...staleNodes(cluster, read.inventory),
    // Who leaves need not be in good health; strangers are told by what is done about them.
    ...findings(matching, match).filter(({ path }) => names.has(path)),
  ];
  if (hasErrors(known)) return { diagnostics: known };

  const ids = idsOf(matching, names);
  const { documents, diagnostics } = renderDefinition(cluster, ids, draft.source.file);
  if (hasErrors(diagnostics)) return { diagnostics: [...known, ...diagnostics] };
  const tooNew = await newFieldProblems(omnictl, documents);
  if (tooNew.length > 0)
    return {
      diagnostics: [
        ...known,
        ...tooNew.map((message) => fileProblem(cluster.name, message, 'live-omni-version')),
      ],
    };
  const files = generatedFiles(cluster, ids, 'matched-machines', documents);
  const stale = folder === undefined ? [] : staleTemplate(cluster.name, folder, files);
  const patches = documents.flatMap((document) => document.patches.map(({ idOverride }) => idOverride));
  return {
    wanted: {
      name: cluster.name,
      talosVersion: cluster.talosVersion,
      kubernetesVersion: cluster.kubernetesVersion ?? '',
      members: wantedMembers(cluster, ids),
      patches: new Set(patches),
      ...wantedSets(cluster, ids),
    },
    documents,
    machines: asked.machines,
    diagnostics: [...known, ...stale],
  };
}

/** Asks for the version of Omni only where it matters. */
async function newFieldProblems(
  omnictl: Omnictl,
  documents: readonly TemplateDocument[],
): Promise<readonly string[]> {
  if (!hasNewFields(documents)) return [];
  const asked = await askVersion(omnictl);
  return 'problem' in asked ? [asked.problem.message] : fieldProblems(documents, 'Omni', asked.version);
}

const idsOf = ({ nodes }: Matching, names: ReadonlySet<string>): MachineIds =>
  new Map(
    nodes.flatMap(({ name, machines: [machine] }) =>
      names.has(name) && machine ? [[name, machine.metadata.id]] : [],
    ),
  );

/** Why the template on disk is not the one that would be generated now. */
function staleTemplate(cluster: string, folder: string, files: GeneratedFiles): Diagnostic[] {
  if (!compareFiles(folder, files).has(TEMPLATE_FILE)) return [];
  const file = join(folder, TEMPLATE_FILE);
  const text = readIfThere(file);
  const tell = (why: string): Diagnostic[] => [
    fileProblem(file, `${why}; run npm run generate -- ${cluster}`, 'template-stale'),
  ];
  if (text === undefined) return tell('no such file');
  const then = readManifest(folder);
  const now = parseManifest(files.get(MANIFEST_FILE));
  if (then && then.template_sha256 !== sha256(text)) return tell('was changed after it was generated');
  if (then && then.machine_ids_sha256 !== now?.machine_ids_sha256)
    return tell('was made for other machines than those that Omni has now');
  if (then && then.inventory_sha256 !== now?.inventory_sha256) return tell('was made for another inventory');
  return tell('is not what the definition and the templates say now');
}

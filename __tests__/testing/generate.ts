import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../model/cluster/cluster';
import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import { loadTemplates, renderTemplate, type TemplateDocument } from '../../model/templates/render';
import { clusterOf } from './drafts';

const OURS = loadTemplates('/nowhere');

/** The ids that a definition foresees. */
export const foreseenIds = ({ nodes }: Cluster): Map<string, string> =>
  new Map(nodes.map(({ name, uuid }) => [name, uuid ?? '']));

/** The documents of a cluster, with templates of the user if there are any. */
export function documentsOf(cluster: Cluster, overrides?: string): readonly TemplateDocument[] {
  const { documents, diagnostics } = renderTemplate(
    cluster,
    foreseenIds(cluster),
    overrides === undefined ? OURS : loadTemplates(overrides),
  );
  expect(diagnostics).toEqual([]);
  return documents;
}

/** A short definition with some changes, without asking the rules. */
export const templateOf = (changes: DefinitionDraft): readonly TemplateDocument[] =>
  documentsOf(clusterOf({ kubernetes_version: 'v1.34.1', ...changes }));

/** The only document of a kind, or that of a name. */
export function documentOf(
  documents: readonly TemplateDocument[],
  kind: TemplateDocument['kind'],
  name?: string,
): TemplateDocument {
  const found = documents.filter((document) => document.kind === kind && (!name || document.name === name));
  expect(found).toHaveLength(1);
  return found[0] as TemplateDocument;
}

/** Patches of a document by their ids without owner: `hostname`, `volume-data-1`. */
export const patchesOf = ({ patches }: TemplateDocument): Record<string, unknown> =>
  Object.fromEntries(
    patches.map(({ idOverride, inline }) => [idOverride.slice(idOverride.indexOf('.') + 1), inline]),
  );

/** What a YAML reader makes of a text. */
export const parseDocuments = (text: string): unknown[] =>
  parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });

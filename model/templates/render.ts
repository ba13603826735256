import { dirname, join } from 'node:path';
import type { Cluster } from '../cluster/cluster';
import type { Diagnostic } from '../diagnostics/diagnostics';
import { sortDiagnostics } from '../diagnostics/sort';
import type { MachineIds } from '../omni/machine-ids';
import { TEMPLATE_SCHEMAS, type TemplateKind, type TemplatePatch } from '../omni/template-schema';
import { templateDocuments, type DocumentRequest } from '../omni/template';
import type { FileTexts } from '../talos/standalone';
import { readNamedFiles } from './named-files';
import { PURPOSES } from '../talos/bodies';
import type { TalosDocument } from '../talos/documents';
import { TemplateError, Templates, type Rendered } from './engine';

/** A document of the cluster template. */
export interface TemplateDocument extends Rendered {
  readonly kind: TemplateKind;
  /** Name of the node, machine set or cluster. */
  readonly name: string;
  readonly patches: readonly TemplatePatch[];
}

export interface RenderedTemplate {
  readonly documents: readonly TemplateDocument[];
  /** Problems of templates; with one of them there are no documents. */
  readonly diagnostics: readonly Diagnostic[];
}

const DOCUMENT_TEMPLATES: Readonly<Record<TemplateKind, string>> = {
  Cluster: 'cluster',
  ControlPlane: 'control-plane',
  Workers: 'workers',
  Machine: 'machine',
};

/**
 * Renders the cluster template of a definition: with our templates, and in their place those of the folder `templates` beside
 * the definition.
 *
 * @param definition file of the definition
 */
export function renderDefinition(cluster: Cluster, ids: MachineIds, definition: string): RenderedTemplate {
  try {
    const folder = dirname(definition);
    const { files, diagnostics } = readNamedFiles(cluster, folder);
    if (diagnostics.length > 0) return { documents: [], diagnostics };
    return renderTemplate(cluster, ids, loadTemplates(templatesBeside(definition)), files);
  } catch (cause) {
    if (cause instanceof TemplateError) return { documents: [], diagnostics: [cause.diagnostic] };
    throw cause;
  }
}

/** Folder of the templates of a user. @param definition file of the definition */
export const templatesBeside = (definition: string): string => join(dirname(definition), 'templates');

/**
 * Our templates, with those of a user in their place.
 *
 * @param overrides folder of the user's
 * @throws TemplateError for a file that replaces nothing
 */
export const loadTemplates = (overrides: string): Templates =>
  Templates.load(
    join(__dirname, '../../scripts/templates'),
    overrides,
    PURPOSES.map((purpose) => `patch-${purpose}`),
  );

/** Renders all documents of a cluster template. What is wrong with a template is told once, not for each node. */
export function renderTemplate(
  cluster: Cluster,
  ids: MachineIds,
  templates: Templates,
  files: FileTexts = new Map(),
): RenderedTemplate {
  const documents: TemplateDocument[] = [];
  const problems = new Map<string, Diagnostic>();
  for (const request of templateDocuments(cluster, ids, files)) {
    try {
      documents.push(renderDocument(request, templates));
    } catch (cause) {
      if (!(cause instanceof TemplateError)) throw cause;
      const { file, line, column } = cause.diagnostic;
      const place = `${file}:${line}:${column}`;
      if (!problems.has(place)) problems.set(place, cause.diagnostic);
    }
  }
  return problems.size > 0
    ? { documents: [], diagnostics: sortDiagnostics([...problems.values()]) }
    : { documents, diagnostics: [] };
}

function renderDocument(request: DocumentRequest, templates: Templates): TemplateDocument {
  const { kind, title, name, view } = request;
  const patches = request.patches.map(({ id, document }) => ({
    id,
    name: document.name,
    inline: documentBody(document, title, templates),
  }));
  const rendered = templates.render(
    DOCUMENT_TEMPLATES[kind],
    { ...view, patches },
    title,
    TEMPLATE_SCHEMAS[kind],
  );
  return {
    ...rendered,
    kind,
    name,
    patches: (rendered.value['patches'] ?? []) as TemplatePatch[],
  };
}

/**
 * A document of the machine configuration, or what a template of the user makes of the same facts.
 *
 * @param title what it is for, in messages
 * @throws TemplateError
 */
export function documentBody({ body, made }: TalosDocument, title: string, templates: Templates): unknown {
  if (!made) return body;
  const template = `patch-${made.purpose}`;
  return templates.has(template) ? templates.render(template, made.facts, title).value : body;
}

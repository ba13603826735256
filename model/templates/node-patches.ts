import { dirname } from 'node:path';
import type { Cluster, Node } from '../cluster/cluster';
import type { Diagnostic } from '../diagnostics/diagnostics';
import { sortDiagnostics } from '../diagnostics/sort';
import { documentsFor, type TalosDocument } from '../talos/documents';
import type { FileTexts } from '../talos/standalone';
import { TemplateError, type Templates } from './engine';
import { readNamedFiles } from './named-files';
import { documentBody, loadTemplates, templatesBeside } from './render';

/** The patches of each node by its name, in the order in which they are merged; with a diagnostic there are none. */
export interface NodePatches {
  readonly patches: ReadonlyMap<string, readonly TalosDocument[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What talosctl merges into the machine configuration of each node: the documents of the definition, those that templates of the user
 * make in their place, and the files that the definition names.
 *
 * @param definition file of the definition
 */
export function nodePatches(cluster: Cluster, definition: string): NodePatches {
  const { files, diagnostics } = readNamedFiles(cluster, dirname(definition));
  if (diagnostics.length > 0) return { patches: new Map(), diagnostics };
  try {
    const templates = loadTemplates(templatesBeside(definition));
    const problems = new Map<string, Diagnostic>();
    const patches = cluster.nodes.map(
      (node) => [node.name, bodies(cluster, node, files, templates, problems)] as const,
    );
    return problems.size > 0
      ? { patches: new Map(), diagnostics: sortDiagnostics([...problems.values()]) }
      : { patches: new Map(patches), diagnostics: [] };
  } catch (cause) {
    if (cause instanceof TemplateError) return { patches: new Map(), diagnostics: [cause.diagnostic] };
    throw cause;
  }
}

/** @param problems gets what is wrong with templates, by place: told once, and not for each node */
function bodies(
  cluster: Cluster,
  node: Node,
  files: FileTexts,
  templates: Templates,
  problems: Map<string, Diagnostic>,
): TalosDocument[] {
  return documentsFor(cluster, node, files).map((document) => {
    try {
      return { ...document, body: documentBody(document, `node ${node.name}`, templates) };
    } catch (cause) {
      if (!(cause instanceof TemplateError)) throw cause;
      const { file, line, column } = cause.diagnostic;
      const place = `${file}:${line}:${column}`;
      if (!problems.has(place)) problems.set(place, cause.diagnostic);
      return document;
    }
  });
}

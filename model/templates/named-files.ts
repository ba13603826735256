import { isAbsolute, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../cluster/cluster';
import { healthchecksOf } from '../cluster/management';
import { fileProblem, type Diagnostic } from '../diagnostics/diagnostics';
import { healthcheckProblem, manifestProblems } from '../omni/manifests';
import { ciliumProblems } from '../talos/cilium';
import type { FileTexts } from '../talos/standalone';
import { errorCode, readIfThere } from '../support/files';

export interface NamedFiles {
  /** Without a byte order mark, with Unix ends of lines: the same on every machine. */
  readonly files: FileTexts;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the files with Kubernetes objects that a definition names, and checks them.
 *
 * @param folder that of the definition
 */
export function readNamedFiles(cluster: Cluster, folder: string): NamedFiles {
  const { manifests } = cluster;
  const files = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const tell = (file: string, message: string): void => {
    diagnostics.push(fileProblem(join(folder, file), message, 'manifest-file'));
  };
  const read = (file: string): readonly unknown[] => {
    const text = readOne(folder, file);
    if (typeof text !== 'string') {
      tell(file, text.problem);
      return [];
    }
    files.set(file, text);
    const documents = parseAllDocuments(text);
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error) tell(file, `is not YAML: ${error.message.split('\n')[0] ?? ''}`);
    if (error) return [];
    const values = documents.map((document) => document.toJS() as unknown).filter((value) => value !== null);
    if (values.length === 0) tell(file, 'holds no object');
    return values;
  };
  const objects = [...new Set(manifests.map(({ file }) => file))].map((file) => ({
    file,
    objects: read(file),
  }));
  const { management } = cluster;
  if (management.kind === 'standalone')
    for (const { file, objects: all } of objects)
      for (const problem of all.flatMap((one) => [...ciliumProblems(one, management)])) tell(file, problem);
  const sizes = objects.map(({ file }) => Buffer.byteLength(files.get(file) ?? ''));
  for (const { file, message } of manifestProblems(objects, sizes)) tell(file, message);
  for (const { jobFile } of healthchecksOf(cluster)) {
    const problem = healthcheckProblem(read(jobFile));
    if (problem !== undefined && files.has(jobFile)) tell(jobFile, problem);
  }
  return { files, diagnostics };
}

function readOne(folder: string, file: string): string | { readonly problem: string } {
  const inside = relative(folder, join(folder, file));
  if (isAbsolute(file) || inside.startsWith('..'))
    return { problem: 'lies outside of the folder of the definition; put it there, and name it from there' };
  try {
    const text = readIfThere(join(folder, file));
    if (text === undefined) return { problem: 'no such file' };
    return `${text
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
      .trimEnd()}\n`;
  } catch (cause) {
    return { problem: `cannot be read (${errorCode(cause)})` };
  }
}

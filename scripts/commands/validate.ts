import type { Cluster } from '../../model/cluster';
import { formatDiagnostic, hasErrors } from '../../model/definition/diagnostics';
import { loadDefinitions } from '../../model/definition/load';
import { clusterSummary } from '../../model/outputs';
import { count } from '../../model/text';
import { environmentNeeds } from '../../model/variables';
import type { Io } from '../lib/io';
import { stableJson } from '../lib/json';

export interface ValidateOptions {
  /** A definition or a folder of definitions. */
  readonly path: string;
  readonly json?: boolean;
}

/** Checks definitions. @returns the exit code: 1 as soon as there is an error */
export async function runValidate({ path, json }: ValidateOptions, io: Io): Promise<number> {
  const { clusters: checked, diagnostics } = await loadDefinitions(path);
  const clusters = checked.map(({ cluster }) => cluster);
  const code = hasErrors(diagnostics) ? 1 : 0;
  if (json) {
    const { variables, caFiles } = environmentNeeds(clusters);
    const summaries = clusters.map(clusterSummary);
    io.out(stableJson({ format_version: 1, diagnostics, clusters: summaries, variables, ca_files: caFiles }));
    return code;
  }
  for (const problem of diagnostics) io.err(`${formatDiagnostic(problem)}\n`);
  if (code === 0) for (const line of summary(clusters)) io.out(`${line}\n`);
  return code;
}

function summary(clusters: readonly Cluster[]): string[] {
  const { variables, caFiles } = environmentNeeds(clusters);
  return [
    ...clusters.map(({ name, nodes, talosVersion }) => {
      const servers = new Set(nodes.map(({ server }) => server.key)).size;
      return `${name}: ${count(nodes.length, 'node')} on ${count(servers, 'server')}, Talos ${talosVersion}`;
    }),
    '',
    'Set before terraform plan:',
    ...Object.entries(variables).map(([name, value]) => `  export ${name}='${value}'`),
    ...(caFiles.length > 1 ? [`  cat ${caFiles.join(' ')} > ca-bundle.pem`] : []),
    ...(caFiles.length > 0
      ? [`  export SSL_CERT_FILE="$PWD/${caFiles.length > 1 ? 'ca-bundle.pem' : (caFiles[0] ?? '')}"`]
      : []),
  ];
}

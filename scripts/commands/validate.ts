import type { Cluster } from '../../model/cluster/cluster';
import { hasErrors, problemCounts } from '../../model/diagnostics/diagnostics';
import { clusterSummary } from '../../model/cluster/outputs';
import { count } from '../../model/support/text';
import { environmentNeeds } from '../../model/cluster/variables';
import { chooseClusters } from '../lib/project/choose-cluster';
import type { Io } from '../../model/diagnostics/io';
import { stableJson } from '../lib/platform/json';
import { tell } from '../lib/project/tell';
import type { Target } from '../lib/project/workspace';

/** One cluster, or all that are defined. */
export interface ValidateOptions extends Target {
  readonly json?: boolean;
}

/** Checks definitions. @returns the exit code: 1 as soon as there is an error */
export async function runValidate({ json, ...target }: ValidateOptions, io: Io): Promise<number> {
  const { clusters: checked, diagnostics } = await chooseClusters(target);
  const clusters = checked.map(({ cluster }) => cluster);
  const code = hasErrors(diagnostics) ? 1 : 0;
  if (json) {
    const { variables, caFiles } = environmentNeeds(clusters);
    const summaries = clusters.map(clusterSummary);
    const problems = problemCounts(diagnostics);
    io.out(
      stableJson({
        format_version: 1,
        diagnostics,
        problems,
        clusters: summaries,
        variables,
        ca_files: caFiles,
      }),
    );
    return code;
  }
  tell(diagnostics, io);
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

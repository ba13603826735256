import { ClusterStack, createApp } from './constructs';
import { hasErrors } from './model/definition/diagnostics';
import { loadDefinitions } from './model/definition/load';
import { report, reportFailure } from './scripts/lib/report';

/** Definitions → one stack per cluster → Terraform JSON. */
async function main(): Promise<void> {
  const { clusters, diagnostics } = await loadDefinitions(process.env['CLUSTERS'] ?? 'clusters');
  report(diagnostics);
  if (hasErrors(diagnostics)) return;

  const app = createApp();
  for (const checked of clusters) new ClusterStack(app, checked.cluster.name, checked);
  app.synth();
}

main().catch(reportFailure);

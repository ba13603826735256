import { ClusterStack, createApp } from './constructs';
import { hasErrors } from './model/definition/diagnostics';
import { load } from './scripts/lib/definitions';
import { report, reportFailure } from './scripts/lib/report';
import { definitionsPath } from './scripts/lib/workspace';

/** Definitions → one stack per cluster → Terraform JSON. */
async function main(): Promise<void> {
  const { clusters, diagnostics } = await load(definitionsPath());
  report(diagnostics);
  if (hasErrors(diagnostics)) return;

  const app = createApp();
  for (const checked of clusters) new ClusterStack(app, checked.cluster.name, checked);
  app.synth();
}

main().catch(reportFailure);

import { ClusterStack, createApp } from './constructs';
import { hasErrors } from './model/diagnostics/diagnostics';
import { load } from './model/templates/load-with-patches';
import { report, reportFailure } from './model/diagnostics/report';
import { definitionsIn } from './model/load/workspace';

/** Definitions → one stack per cluster → Terraform JSON. */
async function main(): Promise<void> {
  const { clusters, diagnostics } = await load(definitionsIn(process.env));
  report(diagnostics);
  if (hasErrors(diagnostics)) return;

  const app = createApp();
  for (const checked of clusters) new ClusterStack(app, checked.cluster.name, checked);
  app.synth();
}

main().catch(reportFailure);

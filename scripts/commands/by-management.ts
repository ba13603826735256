import type { Management } from '../../model/cluster/management';
import type { Io } from '../../model/diagnostics/io';
import { loadOnceForTwo } from '../lib/project/assemblies';
import { chooseCluster } from '../lib/project/choose-cluster';
import type { Target } from '../lib/project/workspace';
import type { ApplyOptions } from './apply/apply';
import type { DiscoverOptions } from './discover/discover';
import type { GenerateOptions } from './generate/generate';
import type { StatusOptions } from './status/status';

/** The commands whose work depends on what manages a cluster. */
export interface Verbs {
  readonly discover: (
    options: DiscoverOptions,
    io: Io,
    world: { readonly signal: AbortSignal; readonly terminalRows?: number },
  ) => Promise<number>;
  readonly generate: (options: GenerateOptions, io: Io, signal: AbortSignal) => Promise<number>;
  readonly apply: (options: ApplyOptions, io: Io, signal: AbortSignal) => Promise<number>;
  readonly status: (options: StatusOptions, io: Io, signal: AbortSignal) => Promise<number>;
}

/** By Omni; of clusters that nothing of ours manages they say that. */
const OMNI: Verbs = {
  discover: async (...given) => (await import('./discover/discover')).runDiscover(...given),
  generate: async (options, io) => (await import('./generate/generate')).runGenerate(options, io),
  apply: async (...given) => (await import('./apply/apply')).runApply(...given),
  status: async (...given) => (await import('./status/status')).runStatus(...given),
};

/** By talosctl. */
const STANDALONE: Verbs = {
  discover: async (options, io, { signal }) =>
    (await import('./standalone/discover')).runStandaloneDiscover(options, io, signal),
  generate: async (...given) => (await import('./standalone/generate')).runStandaloneGenerate(...given),
  apply: async (...given) => (await import('./standalone/apply')).runStandaloneApply(...given),
  status: async (...given) => (await import('./standalone/status')).runStandaloneStatus(...given),
};

/** By Terraform, which talosctl only looks after. */
const TERRAFORM: Verbs = {
  ...STANDALONE,
  apply: async (...given) => (await import('./standalone/apply-terraform')).runTerraformApply(...given),
};

/** The commands for clusters of a management. */
export function verbsFor(management: Management): Verbs {
  if (management.kind !== 'standalone') return OMNI;
  return management.engine === 'terraform' ? TERRAFORM : STANDALONE;
}

/** The commands for the cluster that is meant. Where none can be loaded those of Omni, of which some need no definition. */
export async function verbsOf({ cluster, definitions }: Target): Promise<Verbs> {
  loadOnceForTwo();
  const chosen = await chooseCluster(definitions, cluster);
  return 'problems' in chosen ? OMNI : verbsFor(chosen.cluster.management);
}

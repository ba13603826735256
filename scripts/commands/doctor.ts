import { existsSync } from 'node:fs';
import {
  fileProblem,
  formatDiagnostic,
  hasErrors,
  sortDiagnostics,
} from '../../model/definition/diagnostics';
import { loadDefinitions, type CheckedCluster, type Loaded } from '../../model/definition/load';
import { checkClusters } from '../../model/live';
import type { LiveReport, ServerReport } from '../../model/live/check';
import { didYouMean, list } from '../../model/text';
import { loadNamed } from '../lib/definitions';
import type { Io } from '../lib/io';
import { stableJson } from '../lib/json';
import { Collector } from '../lib/live/collect';

export interface DoctorOptions {
  /** Name of a cluster, or a definition, or a folder of definitions. Default: all of `clusters`. */
  readonly target?: string;
  /** Where definitions are: a folder or a file. */
  readonly clusters: string;
  /** Seconds per request. */
  readonly timeout: number;
  readonly json?: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Checks definitions, then asks their servers. @returns the exit code: 1 as soon as there is an error */
export async function runDoctor(options: DoctorOptions, io: Io): Promise<number> {
  const { loaded, asked } = await select(options);
  const live = hasErrors(loaded.diagnostics) ? { diagnostics: [], servers: [] } : await ask(asked, options);
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...live.diagnostics]);
  if (options.json) {
    io.out(stableJson({ format_version: 1, diagnostics, servers: live.servers.map(serverJson) }));
  } else {
    for (const problem of diagnostics) io.err(`${formatDiagnostic(problem)}\n`);
    for (const server of live.servers) for (const line of summary(server)) io.out(`${line}\n`);
  }
  return hasErrors(diagnostics) ? 1 : 0;
}

async function ask(asked: readonly CheckedCluster[], { env, timeout }: DoctorOptions): Promise<LiveReport> {
  const collector = new Collector({ env, timeout: timeout * 1000 });
  try {
    const snapshots = asked.map(async ({ draft }) => ({
      cluster: draft,
      live: await collector.collect(draft),
    }));
    return checkClusters(await Promise.all(snapshots));
  } finally {
    await collector.close();
  }
}

/** The definitions that are meant. One that is named is checked together with the others, as for a plan. */
async function select({
  target,
  clusters,
}: DoctorOptions): Promise<{ loaded: Loaded; asked: readonly CheckedCluster[] }> {
  if (target === undefined || existsSync(target)) {
    const loaded = await loadDefinitions(target ?? clusters);
    return { loaded, asked: loaded.clusters };
  }
  const loaded = await loadNamed(target, clusters);
  const asked = loaded.clusters.filter(({ cluster }) => cluster.name === target);
  if (asked.length > 0 || hasErrors(loaded.diagnostics)) return { loaded, asked };
  const names = loaded.clusters.map(({ cluster }) => cluster.name);
  const message = `no definition of a cluster "${target}"; ${didYouMean(target, names).replace(/^; /, '') || `there is ${list(names)}`}`;
  return { loaded: { clusters: [], diagnostics: [fileProblem(clusters, message)] }, asked };
}

/** `home/pve1: PVE 9.1.1, node pve1, 24 checks passed`, and what was not checked. */
function summary({ cluster, key, nodeName, version, checks, passed, notChecked }: ServerReport): string[] {
  const who = `${cluster}/${key}`;
  if (version === undefined) return [`${who}: not checked`];
  const result = passed === checks ? `${checks} checks passed` : `${passed} of ${checks} checks passed`;
  return [
    `${who}: PVE ${version}, node ${nodeName}, ${result}`,
    ...notChecked.map((what) => `  not checked: ${what}`),
  ];
}

const serverJson = ({ nodeName, notChecked, ...rest }: ServerReport) => ({
  ...rest,
  node_name: nodeName,
  not_checked: notChecked,
});

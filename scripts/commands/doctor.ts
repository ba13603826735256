import { hasErrors, problemCounts } from '../../model/diagnostics/diagnostics';
import { sortDiagnostics } from '../../model/diagnostics/sort';
import type { AssembledCluster } from '../../model/assembly/read';
import { checkClusters } from '../../model/doctor';
import { SURVEY_END, surveySchema, type Survey } from '../../model/init/survey';
import { readIfThere } from '../../model/support/files';
import { parseJsonAs } from '../../model/support/json';
import type { LiveReport, ServerReport } from '../../model/doctor/lib/check';
import { chooseClusters } from '../lib/project/choose-cluster';
import type { Io } from '../../model/diagnostics/io';
import { stableJson } from '../lib/platform/json';
import { Collector } from '../lib/proxmox/collect';
import { tell } from '../lib/project/tell';
import type { Target } from '../lib/project/workspace';

/** One cluster, or all that are defined. */
export interface DoctorOptions extends Target {
  /** Seconds per request. */
  readonly timeout: number;
  readonly json?: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Checks definitions, then asks their servers. @returns the exit code: 1 as soon as there is an error */
export async function runDoctor(options: DoctorOptions, io: Io): Promise<number> {
  const loaded = await chooseClusters(options);
  const live = hasErrors(loaded.diagnostics)
    ? { diagnostics: [], servers: [] }
    : await ask(loaded.clusters, options);
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...live.diagnostics]);
  if (options.json) {
    const [problems, servers] = [problemCounts(diagnostics), live.servers.map(serverJson)];
    io.out(stableJson({ format_version: 1, diagnostics, problems, servers }));
  } else {
    tell(diagnostics, io, 'npm run -s doctor -- --json');
    for (const server of live.servers) for (const line of summary(server)) io.out(`${line}\n`);
  }
  return hasErrors(diagnostics) ? 1 : 0;
}

async function ask(asked: readonly AssembledCluster[], { env, timeout }: DoctorOptions): Promise<LiveReport> {
  const collector = new Collector({ env, timeout: timeout * 1000 });
  try {
    const snapshots = asked.map(async ({ draft }) => ({
      cluster: draft,
      live: await collector.collect(draft),
      seen: seenBefore(draft.source.file),
    }));
    return checkClusters(await Promise.all(snapshots));
  } finally {
    await collector.close();
  }
}

/** What `init` has written down beside a definition, if it did. */
function seenBefore(definition: string): Survey | undefined {
  const text = readIfThere(definition.replace(/\.ya?ml$/, SURVEY_END));
  const read = text === undefined ? undefined : parseJsonAs(text, surveySchema);
  return read && 'value' in read ? read.value : undefined;
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

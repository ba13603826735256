/** Simulated servers for a cluster definition, and the definition with their addresses. */
import { ForUser } from '../../../model/diagnostics/failure';
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { Cluster } from '../../../model/cluster/cluster';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { loadDefinitions } from '../../../model/load/load';
import { tokenVariable } from '../../../model/cluster/variables';
import { DEFAULT_SECRET, type PveOptions, type SiteOptions } from '../options';
import { startPve, type Pve } from '../start';
import { sitesOf, tokenOf } from './sites';

export interface SimulateOptions extends Omit<PveOptions, 'sites'> {
  /** Folder for the state of Terraform: that of the real servers must not be touched. */
  readonly stateDir: string;
  /** Changes of the sites before they start. */
  readonly adjust?: (sites: readonly SiteOptions[]) => readonly SiteOptions[];
}

export interface Simulation {
  readonly pve: Pve;
  readonly cluster: Cluster;
  /** The definition with the addresses of the simulated servers and a local state, as YAML. */
  definition(): string;
  /** Tokens for Terraform: `TF_VAR_…`. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Starts what one definition needs. Throws what is wrong with the definition. */
export async function simulate(file: string, options: SimulateOptions): Promise<Simulation> {
  const { stateDir, adjust, ...rest } = options;
  const { clusters, diagnostics } = await loadDefinitions(file);
  const [only] = clusters;
  if (!only || clusters.length > 1) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
    throw new ForUser(errors.length > 0 ? errors.join('\n') : `${file}: expected one definition`);
  }
  const { cluster } = only;
  const sites = sitesOf(cluster);
  const pve = await startPve({ ...rest, sites: adjust?.(sites) ?? sites });
  return {
    pve,
    cluster,
    definition: () => redirect(readFileSync(file, 'utf8'), cluster, pve, stateDir),
    variables: Object.fromEntries(
      cluster.servers.map((server): [string, string] => [
        `TF_VAR_${tokenVariable(server.key)}`,
        `${tokenOf(server)}=${DEFAULT_SECRET}`,
      ]),
    ),
  };
}

/** Replaces addresses, switches the check of certificates off, and puts the state elsewhere. */
function redirect(text: string, cluster: Cluster, pve: Pve, stateDir: string): string {
  const document = parseDocument(text);
  for (const { key, nodeName, siteName } of cluster.servers) {
    const path = ['proxmox_servers', key];
    document.setIn([...path, 'api_url'], pve.site(siteName).endpoints[nodeName]);
    document.setIn([...path, 'tls_insecure'], true);
    document.deleteIn([...path, 'tls_ca_file']);
  }
  document.set(
    'backend',
    document.createNode({ type: 'local', config: { path: `${stateDir}/${cluster.name}.tfstate` } }),
  );
  return document.toString();
}

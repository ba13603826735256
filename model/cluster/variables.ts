import type { Cluster } from './cluster';
import { clusterSecrets, secretVariable } from './secret-references';

/** Name of the sensitive Terraform variable that holds the API token of a server. `TF_VAR_<name>` feeds it. */
export const tokenVariable = (serverKey: string): string =>
  `proxmox_${serverKey.replace(/[^A-Za-z0-9_]/g, '_')}_api_token`;

/** What a person sets in the environment before `terraform plan`. */
export interface EnvironmentNeeds {
  /** Variable and what belongs into it. */
  readonly variables: Readonly<Record<string, string>>;
  /** CA bundles that the servers of the definition name, for SSL_CERT_FILE. */
  readonly caFiles: readonly string[];
}

/** The environment of all clusters of a run. */
export function environmentNeeds(clusters: readonly Cluster[]): EnvironmentNeeds {
  const variables: Record<string, string> = {};
  const caFiles = new Set<string>();
  for (const cluster of clusters) {
    const { servers, images } = cluster;
    for (const name of clusterSecrets(cluster)) variables[secretVariable(name)] = '<secret>';
    for (const server of servers) {
      variables[`TF_VAR_${tokenVariable(server.key)}`] = `${server.tokenId ?? 'user@realm!tokenid'}=<secret>`;
      if (server.caFile) caFiles.add(server.caFile);
    }
    for (const { source } of images) {
      if (source.kind === 'download' && 'variable' in source.url) {
        variables[`TF_VAR_${source.url.variable}`] = '<address of the image>';
      }
    }
  }
  return { variables: Object.fromEntries(Object.entries(variables).sort()), caFiles: [...caFiles].sort() };
}

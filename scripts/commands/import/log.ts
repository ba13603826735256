import { formatPath } from '../../../model/diagnostics/diagnostics';
import { problemTexts } from '../../../model/diagnostics/lines';
import { ERA_FACTS, type Era } from '../../../model/migrate/starter';
import { count, list } from '../../../model/support/text';
import { tokenVariable as terraformVariable } from '../../../model/cluster/variables';
import type { PreparedDefinition } from './prepare';

/** Numbers of nodes by list, as people say them. */
export function counts(definition: Readonly<Record<string, unknown>>): Record<string, number> {
  const length = (key: string) => (Array.isArray(definition[key]) ? definition[key].length : 0);
  return {
    'control plane': length('control_planes'),
    worker: length('workers'),
    'GPU worker': length('gpu_workers'),
  };
}

/** Environment variable that hands the API token of a server to Terraform. */
export const tokenEnvironmentVariable = (server: string): string => `TF_VAR_${terraformVariable(server)}`;

/** The command that shows all problems of a file. */
export const allOf = (file: string): string => `npm run -s import -- ${file} --json`;

/** Everything an import has to tell, a line each. */
export function logLines(
  file: string,
  era: Era,
  { definition, notes, diagnostics, servers }: PreparedDefinition,
): string[] {
  const numbers = Object.entries(counts(definition)).map(([noun, n]) => count(n, noun));
  return [
    `${file}: starter ${era} (${ERA_FACTS[era].title}): ${list(numbers)} on ${count(servers.length, 'server')}`,
    `${file}: ${frozen(era)}`,
    ...notes
      .filter(({ severity }) => severity === 'info')
      .map(({ path, message }) => `${file}: ${formatPath(path)}: ${message}`),
    ...problemTexts(diagnostics, allOf(file)),
  ];
}

const frozen = (era: Era): string =>
  ERA_FACTS[era].vmIds === undefined
    ? 'index and MAC address of each node follow from its position and are written out; VMIDs are new'
    : 'index, MAC address and VMID of each node follow from its position and are written out';

/** How to hand over the tokens that were in the file. */
export function tokenLines(servers: PreparedDefinition['servers']): string[] {
  return [
    'API tokens are not in the definition. They were stored in plain text, so replace them in Proxmox, and set the new ones (user@realm!id=secret):',
    ...servers.map(({ key, tokenId }) => `  export ${tokenEnvironmentVariable(key)}='${tokenId}=<secret>'`),
  ];
}

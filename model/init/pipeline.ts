/** The pipelines of the guide, with the names of somebody's own cluster and servers in them. */
import { tokenVariable } from '../cluster/variables';
import type { Forge, Mode } from './wishes';

export interface PipelineNames {
  readonly cluster: string;
  readonly servers: readonly string[];
  readonly management: Mode;
  /** Variables of Terraform besides tokens, without `TF_VAR_`. */
  readonly variables: readonly string[];
}

/** Folder of workflows by forge; GitLab has one file instead. */
export const WORKFLOWS: Readonly<Record<Exclude<Forge, 'none' | 'gitlab'>, string>> = {
  github: '.github/workflows',
  forgejo: '.forgejo/workflows',
  gitea: '.gitea/workflows',
};

/** Steps of this project that a repository of definitions has nothing for. */
const NOT_THEIRS = [
  /^ *- name: Lint\n.*\n/m,
  /^ *- name: Compare with the committed output\n.*\n/m,
  /^# Copy into \.g.* \(Gitea\)\.\n/m,
  /^# Copy into \.gitlab-ci\.yml\. /m,
];

/** A pipeline of the guide as one's own. */
export function ownPipeline(text: string, names: PipelineNames): string {
  const secrets = (indent: string): string =>
    [
      ...names.servers.map((key) => [`TF_VAR_${tokenVariable(key)}`, tokenVariable(key).toUpperCase()]),
      ...names.variables.map((name) => [`TF_VAR_${name}`, name.toUpperCase()]),
    ]
      .map(([variable, secret]) => `${indent}${variable}: \${{ secrets.${secret} }}\n`)
      .join('');
  const withoutSteps = NOT_THEIRS.reduce(
    (rest, step) => rest.replace(step, (found) => (found.endsWith(' ') ? '# ' : '')),
    text,
  );
  const named = withoutSteps
    .replace(/^ *TF_VAR_proxmox_pve2_api_token: .*\n/gm, '')
    .replace(/^( *)TF_VAR_proxmox_pve1_api_token: .*\n/gm, (_, indent: string) => secrets(indent))
    .replaceAll('cluster: [home]', `cluster: [${names.cluster}]`)
    .replaceAll('default: home', `default: ${names.cluster}`)
    .replaceAll("'home'", `'${names.cluster}'`)
    .replaceAll('CLUSTER: home', `CLUSTER: ${names.cluster}`);
  return names.management === 'omni'
    ? named
    : named
        .replace(/^ *OMNI_ENDPOINT: .*\n/gm, '')
        .replace(/^( *)OMNI_SERVICE_ACCOUNT_KEY: .*\n/gm, '$1SOPS_AGE_KEY: ${{ secrets.SOPS_AGE_KEY }}\n');
}

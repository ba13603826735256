/** The files of a repository of one's own besides its definitions: from then on they are the user's. */
import { tokenVariable } from '../cluster/variables';
import type { Mode } from './wishes';

export interface RepositoryNames {
  readonly cluster: string;
  readonly servers: readonly string[];
  readonly management: Mode;
  readonly talosVersion: string;
  /** Variables of Terraform besides tokens, without `TF_VAR_`, and what belongs into them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Public keys of age that secrets are encrypted for. */
  readonly recipients: readonly string[];
  /** Where npm gets this package from: a version, or a file. */
  readonly packageSpec: string;
  /** Versions that were tested with it. */
  readonly peers: Readonly<Record<string, string>>;
}

const PACKAGE = 'talos-proxmox-cdktf';

/** Commands that are scripts of a repository; messages name them so. */
const COMMANDS = [
  ...['init', 'validate', 'doctor', 'review', 'up', 'status', 'drift', 'synth', 'synth-check', 'policy'],
  ...['lock', 'discover', 'generate', 'apply', 'restart', 'talos', 'adopt', 'comment', 'with-secrets'],
];

/** Scripts of a repository. */
export const SCRIPTS: Readonly<Record<string, string>> = Object.fromEntries(
  COMMANDS.map((command) => [command.replace('synth-check', 'synth:check'), `talos-proxmox ${command}`]),
);

/** What npm needs to know. */
export function manifestOf({ packageSpec, peers }: RepositoryNames, name: string): object {
  return {
    name,
    version: '0.0.0',
    private: true,
    scripts: SCRIPTS,
    dependencies: { ...peers, [PACKAGE]: packageSpec },
  };
}

/** Files by path. */
export function repositoryFiles(names: RepositoryNames): Record<string, string> {
  return {
    '.gitignore': [
      'node_modules/',
      'cdktf.out/',
      'machine-data/',
      '# A local state holds secrets. Keep it safe, or take a remote backend.',
      'state/',
      '*.kubeconfig',
      '*.talosconfig',
      '',
    ].join('\n'),
    '.sops.yaml': sopsRules(names.recipients),
    '.vscode/extensions.json': `${JSON.stringify({ recommendations: ['redhat.vscode-yaml'] }, null, 2)}\n`,
    '.vscode/settings.json': `${JSON.stringify(
      {
        'yaml.schemas': {
          [`node_modules/${PACKAGE}/schemas/cluster.schema.json`]: 'clusters/*.yaml',
        },
        'files.associations': { '*.sops.yaml': 'yaml' },
      },
      null,
      2,
    )}\n`,
    'README.md': readme(names),
  };
}

const sopsRules = (recipients: readonly string[]): string =>
  recipients.length > 0
    ? `# Who can read the secrets of this repository: public keys of age, one for each person and pipeline.
creation_rules:
  - path_regex: \\.sops\\.(yaml|env)$
    age: ${recipients.join(',')}
`
    : `# Who can read the secrets of this repository. Make a key once: age-keygen -o ~/.config/sops/age/keys.txt
# It prints the public key: put it in place of age1…, and take the # away.
# creation_rules:
#   - path_regex: \\.sops\\.(yaml|env)$
#     age: age1…
`;

function readme({ cluster, servers, management, variables }: RepositoryNames): string {
  const exports = [
    ...servers.map((key) => `export TF_VAR_${tokenVariable(key)}='terraform@pve!talos=<secret>'`),
    ...Object.entries(variables).map(([name, what]) => `export TF_VAR_${name}='<${what}>'`),
    ...(management === 'omni'
      ? [
          `export OMNI_ENDPOINT=https://…              # omnictl serviceaccount create deploy --use-user-role=false --role Operator`,
          'export OMNI_SERVICE_ACCOUNT_KEY=…           # prints both',
        ]
      : []),
  ];
  const secrets =
    management === 'standalone' ? [`npm run talos -- secrets ${cluster}     # once; commit the file`] : [];
  const up = management === 'standalone' ? ` --kubeconfig ${cluster}.kubeconfig` : '';
  return `# Our Talos clusters on Proxmox VE

Cluster \`${cluster}\`: [clusters/${cluster}.yaml](clusters/${cluster}.yaml). Change that file; the commands do the rest.

## Once

Install Node 20.19 or newer, Terraform 1.5 or newer (or OpenTofu)${
    management === 'omni' ? ', omnictl of your Omni' : ', talosctl, SOPS and age'
  }. On each server or Proxmox cluster, make the token that creates VMs (on Proxmox VE 8 write VM.Monitor for VM.GuestAgent.Audit):

\`\`\`console
# pveum role add Terraform -privs "${APPLY_PRIVILEGES}"
# pveum user add terraform@pve && pveum aclmod / -user terraform@pve -role Terraform
# pveum aclmod /storage/local -user terraform@pve -role PVEDatastoreAdmin
# pveum user token add terraform@pve talos --privsep=0
\`\`\`

\`\`\`console
$ npm install
${[...exports, ...secrets].map((line) => `$ ${line}`).join('\n')}
$ npm run lock -- --platform linux_amd64    # checksums of the provider; commit terraform.lock.hcl
\`\`\`

## Every day

| Command                        | What it does                                                             |
| ------------------------------ | ------------------------------------------------------------------------ |
| \`npm run validate\`             | checks the definitions                                                   |
| \`npm run doctor -- ${cluster}\`${pad(cluster)} | asks the servers whether a plan and an apply can work                    |
| \`npm run review -- ${cluster}\`${pad(cluster)} | what a plan does to which node                                           |
| \`npm run up -- ${cluster}${up}\` | from the definition to healthy nodes; goes on where it was stopped |
| \`npm run status -- ${cluster}\`${pad(cluster)} | what Terraform, Proxmox and Talos know of the nodes                      |
| \`npm run drift -- ${cluster}\`  | what somebody changed on the servers since                               |

\`clusters/${cluster}.servers.json\` is what the servers had when the definition was made. \`npm run doctor\` tells what is different since.
`;
}

const pad = (cluster: string): string => ' '.repeat(Math.max(0, 10 - cluster.length));

/** What the provider needs; the guide has the same, and says what for. */
const APPLY_PRIVILEGES =
  'Datastore.AllocateSpace Datastore.Audit Mapping.Audit Mapping.Modify Mapping.Use Pool.Allocate Pool.Audit SDN.Use Sys.Audit Sys.Modify VM.Allocate VM.Audit VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.GuestAgent.Audit VM.PowerMgmt';

/** How to make a token that can only look, on one server or Proxmox cluster. */
export const READ_ONLY_TOKEN = [
  'pveum user add init@pve && pveum aclmod / -user init@pve -role PVEAuditor',
  'pveum user token add init@pve init --privsep=0',
];

import { parseAllDocuments } from 'yaml';

type Values = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const has = (value: unknown, ...keys: readonly string[]): boolean =>
  isMap(value) && keys.every((key) => Object.hasOwn(value, key));

const TAKE_OVER = 'npm run adopt -- <cluster> takes over its VMs';

/** What files of other programs are, with the verb that takes them; the first that is true counts. */
const DOCUMENTS: readonly (readonly [is: (value: unknown) => boolean, what: string])[] = [
  [
    (value) => has(value, 'sops') && isMap(value) && has(value['sops'], 'mac'),
    'a file that SOPS has encrypted; a definition holds no secrets, and npm run with-secrets reads such a file',
  ],
  [
    (value) => has(value, 'planned_values') || has(value, 'resource_changes'),
    'a Terraform plan in JSON; npm run review -- <cluster> --plan FILE reads it',
  ],
  [
    (value) =>
      (has(value, 'terraform_version') && (has(value, 'resources') || has(value, 'values'))) ||
      has(value, 'lineage'),
    'a Terraform state; npm run adopt -- <cluster> --from FILE takes over the VMs in it',
  ],
  [
    (value) => has(value, 'terraform') && (has(value, 'resource') || has(value, 'provider')),
    'Terraform JSON, which is made of a definition and not read back; npm run adopt -- <cluster> --from <its state> takes over the VMs',
  ],
  [
    (value) =>
      isMap(value) &&
      /^(?:Cluster|ControlPlane|Workers|Machine)$/.test(String(value['kind'])) &&
      !has(value, 'metadata'),
    `part of an Omni cluster template, which npm run generate makes of a definition; ${TAKE_OVER}`,
  ],
  [
    (value) =>
      isMap(value) &&
      isMap(value['metadata']) &&
      /omni\.sidero\.dev$/.test(String(value['metadata']['type'])),
    'a resource of Omni, such as a machine class; omnictl apply takes it',
  ],
  [
    (value) =>
      isMap(value) && value['version'] === 'v1alpha1' && (has(value, 'machine') || has(value, 'cluster')),
    `a Talos machine configuration; what you changed in it becomes patches of a definition, and ${TAKE_OVER}`,
  ],
  [
    (value) => has(value, 'clusterName', 'nodes'),
    `a talconfig.yaml of talhelper, which no verb reads; its nodes become control_planes and workers of a definition, and ${TAKE_OVER}`,
  ],
  [
    (value) => has(value, 'apiVersion', 'kind'),
    'a document of Kubernetes or Talos; one of Talos may stand in patches of a definition',
  ],
  [
    (value) => Array.isArray(value) && value.some((item) => has(item, 'name')),
    'a list; a definition is a map of keys, with nodes below control_planes and workers',
  ],
];

/** What a parsed file is that is no definition, and what reads it; `undefined` if it may be one. */
export const foreignDocument = (value: unknown): string | undefined =>
  DOCUMENTS.find(([is]) => is(value))?.[1];

/** What a file is that is no tfvars, by its text, and what reads it. */
export function foreignFile(text: string): string | undefined {
  if (text.startsWith('PK\x03\x04'))
    return 'a plan file of Terraform, or another archive; npm run review -- <cluster> --plan FILE reads a plan';
  const block =
    /^(?:resource|data|provider|module|variable|output)\s+"[^"\n]*"[^=\n]*\{|^(?:terraform|locals)\s*\{/m;
  if (block.test(text))
    return 'Terraform configuration; what import reads are its values, in terraform.tfvars, and npm run adopt -- <cluster> --from <its state> takes over VMs of other HCL';
  const [first] = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
  if (!first || first.errors.length > 0) return undefined;
  let value: unknown;
  try {
    value = first.toJS();
  } catch {
    return undefined;
  }
  return foreignDocument(value) ?? ourDefinition(value, text);
}

function ourDefinition(value: unknown, text: string): string | undefined {
  if (!has(value, 'proxmox_servers') && !has(value, 'cluster_name')) return undefined;
  return text.trimStart().startsWith('{')
    ? 'a file of variables in JSON; write them as name = value, as in terraform.tfvars'
    : 'a definition already; npm run validate -- FILE checks it';
}

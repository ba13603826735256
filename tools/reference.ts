import { join } from 'node:path';
import { writeIfChanged } from '../scripts/lib/platform/files';
import { readIfThere } from '../model/support/files';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { assemblySchema } from '../model/assembly/schema';
import {
  definitionJsonSchema,
  definitionKeys,
  type DefinitionKey,
  type JsonSchema,
} from '../model/cluster/definition/key-list';
import { LOADER_RULES, RULES } from '../model/rules';
import { toldErrors } from './docs/error-tables';
import { pins } from './docs/pins';
import { ruleExample } from './docs/rule-examples';

/** The JSON schema of a definition, for editors. */
const editorSchema = (): JsonSchema => ({
  title: 'Cluster definition',
  ...withoutProseDefaults(definitionJsonSchema()),
});

/** The JSON schema of `cluster.json`, for programs that read what synth writes. */
const assemblyJsonSchema = () => ({ title: 'Cluster assembly', ...z.toJSONSchema(assemblySchema) });

/** A default in words is for people, because editors would insert it as a value; and what is refused is not proposed. */
function withoutProseDefaults(schema: JsonSchema): JsonSchema {
  const map = (properties: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(
      Object.entries(properties)
        .filter(([, value]) => !value.deprecated)
        .map(([key, value]) => [key, withoutProseDefaults(value)]),
    );
  const { default: value, otherwise, ...rest } = schema;
  return {
    ...rest,
    ...(otherwise === undefined ? {} : { description: `${schema.description ?? ''} Default: ${otherwise}.` }),
    ...(value === undefined ? {} : { default: value }),
    ...(schema.properties ? { properties: map(schema.properties) } : {}),
    ...(schema.items ? { items: withoutProseDefaults(schema.items) } : {}),
    ...(typeof schema.additionalProperties === 'object'
      ? { additionalProperties: withoutProseDefaults(schema.additionalProperties) }
      : {}),
  };
}

const camel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const pascal = (key: string): string => camel(`_${key}`);

/** Interfaces of the definition in camelCase, for people who write clusters in TypeScript. */
function propsSource(): string {
  const interfaces: string[] = [];
  const emit = (name: string, schema: JsonSchema): string => {
    const source = interfaceSource(name, schema, emit);
    if (!interfaces.includes(source)) interfaces.push(source);
    return name;
  };
  emit('TalosClusterProps', editorSchema());
  return [GENERATED, ...interfaces].join('\n');
}

/** Interface of what nodes, pools and defaults have in common. */
const VM_SETTINGS = 'VmSettingsProps';

const GENERATED = '// Generated from model/cluster/definition/schema.ts by `npm run docs`. Do not edit.\n';

type Emit = (name: string, schema: JsonSchema) => string;

function interfaceSource(name: string, schema: JsonSchema, emit: Emit): string {
  const shared = name === VM_SETTINGS ? {} : vmSettings();
  const isVm = Object.keys(shared).length > 0 && Object.keys(shared).every((key) => schema.properties?.[key]);
  if (isVm) emit(VM_SETTINGS, { properties: shared });
  const members = Object.entries(schema.properties ?? {})
    .filter(([key, property]) => !property.deprecated && !(isVm && key in shared))
    .map(([key, property]) => {
      const isRequired =
        schema.required?.includes(key) && !(name === 'TalosClusterProps' && key === 'cluster_name');
      const isDefault =
        property.default === undefined ? '' : `\n * @default ${JSON.stringify(property.default)}`;
      const doc = `/**\n * ${property.description ?? ''}${isDefault}\n */`;
      return `${doc}\nreadonly ${camel(key)}${isRequired ? '' : '?'}: ${typeSource(key, property, emit)};`;
    });
  const title = TITLES[name];
  if (title === undefined)
    throw new Error(`${name} has no title in tools/reference.ts: say what it stands for`);
  return `/** ${title} */\nexport interface ${name}${isVm ? ` extends ${VM_SETTINGS}` : ''} {\n${members.join('\n')}\n}\n`;
}

const vmSettings = (): Readonly<Record<string, JsonSchema>> =>
  editorSchema().properties?.['defaults']?.properties?.['all']?.properties ?? {};

/** Names of the interfaces behind keys whose own name would not do. */
const NAMES: Readonly<Record<string, string>> = {
  proxmox_servers: 'ProxmoxServerProps',
  control_planes: 'NodeProps',
  workers: 'NodeProps',
  gpu_workers: 'NodeProps',
  node_pools: 'NodePoolProps',
  images: 'ImageProps',
  shared_storages: 'SharedStorageProps',
  pci_mappings: 'PciMappingProps',
  devices: 'PciDeviceProps',
  data_disks: 'DataDiskProps',
  machine_sets: 'MachineClassSetProps',
  healthchecks: 'HealthcheckProps',
  registry_mirrors: 'RegistryMirrorProps',
  registry_logins: 'RegistryLoginProps',
  manifests: 'ManifestProps',
  restore: 'RestoreProps',
  upgrade_strategy: 'RolloutProps',
  update_strategy: 'RolloutProps',
  delete_strategy: 'RolloutProps',
  all: VM_SETTINGS,
};

/** What an interface stands for. */
const TITLES: Readonly<Record<string, string>> = {
  TalosClusterProps: 'A cluster in TypeScript: the keys of a definition in camelCase.',
  ProxmoxServerProps: 'A Proxmox VE server.',
  NetworkConfigProps: 'The management network.',
  StorageNetworkProps: 'The network for storage traffic.',
  ImageProps: 'A boot image.',
  SchematicProps: 'What an image factory builds an image of.',
  MetaProps: 'A value of the META partition.',
  SharedStorageProps: 'A storage that several servers have in common.',
  PciMappingProps: 'A PCI resource mapping that the cluster creates and owns.',
  PciDeviceProps: 'A device behind a PCI mapping, on one server.',
  ResourcePoolProps: 'A Proxmox resource pool.',
  BackendProps: 'A backend of Terraform.',
  OmniProps: 'What the cluster is in Sidero Omni.',
  RegistryMirrorProps: 'Where images of a registry are pulled from.',
  RegistryLoginProps: 'With what nodes log in to a registry.',
  StandaloneProps: 'What a cluster without Omni is that talosctl makes.',
  PostApplyProps: 'A command after apply.',
  DataDiskProps: 'A data disk.',
  MachineSetProps: 'What a machine set is in Omni besides its machines.',
  MachineClassSetProps: 'A machine set that Omni takes from a machine class.',
  OmniMachineProps: 'What the machine of a node is in Omni.',
  RolloutProps: 'How many machines of a set at a time.',
  RestoreProps: 'A backup that a cluster is made from.',
  HealthcheckProps: 'A Kubernetes Job that must succeed before an upgrade goes on.',
  BootstrapProps: 'What is put into Kubernetes when the cluster starts.',
  ManifestProps: 'A file with Kubernetes objects.',
  StartupProps: 'Start and stop order on the host.',
  VmSettingsProps: 'What nodes, pools and defaults have in common.',
  NodeProps: 'One node.',
  NodePoolProps: 'Nodes by count.',
  RoleDefaultsProps: 'Values that the nodes of a role leave out.',
};

function typeSource(key: string, schema: JsonSchema, emit: Emit, inDefaults = false): string {
  if (schema.anyOf) return schema.anyOf.map((one) => typeSource(key, one, emit)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array' && schema.items) {
    const item = typeSource(key, schema.items, emit);
    return `readonly ${item.includes('|') ? `(${item})` : item}[]`;
  }
  if (schema.type === 'object' && schema.properties) {
    if (key === 'defaults') {
      const members = Object.entries(schema.properties).map(
        ([role, property]) =>
          `/** ${property.description ?? ''} */\nreadonly ${camel(role)}?: ${typeSource(role, property, emit, true)};`,
      );
      return `{ ${members.join('\n')} }`;
    }
    return emit(
      inDefaults && key !== 'all' ? 'RoleDefaultsProps' : (NAMES[key] ?? `${pascal(key)}Props`),
      schema,
    );
  }
  if (schema.type === 'object') {
    const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
    return `Readonly<Record<string, ${value.type ? typeSource(key, value, emit) : 'unknown'}>>`;
  }
  return schema.type ?? 'unknown';
}

/** Where the keys of nodes stand: they are told once, with the places of each. */
const NODE_PLACES: Readonly<Record<string, string>> = {
  'control_planes[]': 'node',
  'workers[]': 'node',
  'gpu_workers[]': 'node',
  'node_pools[]': 'pool',
  'defaults.control_planes': 'role',
  'defaults.workers': 'role',
  'defaults.gpu_workers': 'role',
  'defaults.all': 'all',
};

/** Reference page of all keys. */
function definitionPage(): string {
  const keys = definitionKeys().filter(({ refused }) => !refused);
  const place = ({ path }: DefinitionKey) =>
    Object.keys(NODE_PLACES).find((block) => path.startsWith(`${block}.`));
  const ofNodes = new Map<string, { readonly key: DefinitionKey; readonly places: Set<string> }>();
  for (const whole of keys) {
    const block = place(whole);
    if (block === undefined) continue;
    const key = { ...whole, path: whole.path.slice(block.length + 1) };
    const row = ofNodes.get(JSON.stringify(key)) ?? { key, places: new Set<string>() };
    ofNodes.set(JSON.stringify(key), row);
    row.places.add(NODE_PLACES[block] ?? '');
  }
  return [
    '# Cluster definition',
    '',
    'All keys of `clusters/*.yaml`. In TypeScript the same keys are written in camelCase (`TalosClusterProps`). `npm run explain -- <key>` tells of one.',
    '',
    '| Key | Type | Required | Default | Purpose |',
    '|---|---|---|---|---|',
    ...keys.filter((key) => place(key) === undefined).map((key) => `| \`${key.path}\` | ${keyCells(key)} |`),
    '',
    '## Keys of nodes',
    '',
    'Where each may be written: at a node (`control_planes[]`, `workers[]`, `gpu_workers[]`), at a pool (`node_pools[]`), at a role',
    '(`defaults.control_planes`, `defaults.workers`, `defaults.gpu_workers`), or at all (`defaults.all`). The first of them that has the key counts, unless they add up.',
    '',
    '| Key | Where | Type | Required | Default | Purpose |',
    '|---|---|---|---|---|---|',
    ...[...ofNodes.values()].map(
      ({ key, places }) => `| \`${key.path}\` | ${[...places].join(', ')} | ${keyCells(key)} |`,
    ),
    '',
  ].join('\n');
}

const keyCells = ({ type, required, default: preset, purpose }: DefinitionKey): string =>
  [type, required ? 'yes' : '', cell(preset ?? ''), cell(purpose)].join(' | ');

const cell = (text: string): string => text.replace(/\|/g, '\\|');

/** Reference page of all rules. */
function rulesPage(): string {
  return [
    '# Validation rules',
    '',
    'Each has a definition that it accepts and one that it refuses, with the exact message, in `__tests__/fixtures/rules`.',
    '',
    '| Rule | What must hold |',
    '|---|---|',
    ...Object.entries(LOADER_RULES).map(([id, summary]) => `| \`${id}\` | ${cell(summary)} |`),
    ...RULES.map(({ id, summary }) => `| \`${id}\` | ${cell(summary)} |`),
    '',
  ].join('\n');
}

/** What `explain` knows besides the schema, as it is in the package: examples of rules, and what the guides say of errors. */
const explanations = (): string => {
  const rules = [...Object.entries(LOADER_RULES).map(([id, summary]) => ({ id, summary })), ...RULES];
  const told = {
    rules: rules.map(({ id, summary }) => ({ id, summary, ...ruleExample(id) })),
    errors: toldErrors(),
  };
  return `${JSON.stringify(told, null, 2)}\n`;
};

/** All generated files of the reference, by path from the root of the project. */
async function referenceFiles(): Promise<Record<string, string>> {
  const root = join(__dirname, '..');
  const config = await resolveConfig(join(root, 'package.json'));
  return {
    'schemas/cluster.schema.json': `${JSON.stringify(editorSchema(), null, 2)}\n`,
    'schemas/assembly.schema.json': `${JSON.stringify(assemblyJsonSchema(), null, 2)}\n`,
    'model/cluster/definition/cluster-props.ts': await format(propsSource(), {
      ...config,
      parser: 'typescript',
    }),
    'scripts/commands/explain/explanations.json': explanations(),
    'scripts/lib/project/pins.json': `${JSON.stringify(pins(), null, 2)}\n`,
    'docs/reference/definition.md': definitionPage(),
    'docs/reference/rules.md': rulesPage(),
  };
}

/** Writes the files, or with `--check` names those that differ. */
async function main(): Promise<void> {
  const root = join(__dirname, '..');
  const stale: string[] = [];
  for (const [file, text] of Object.entries(await referenceFiles())) {
    const path = join(root, file);
    const before = readIfThere(path);
    if (before === text) continue;
    stale.push(file);
    if (!process.argv.includes('--check')) writeIfChanged(path, text);
  }
  const verb = process.argv.includes('--check') ? 'differs, run npm run docs' : 'written';
  for (const file of stale) process.stdout.write(`${file}: ${verb}\n`);
  if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1;
}

if (require.main === module) void main();

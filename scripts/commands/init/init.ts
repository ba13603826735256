import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { tokenVariable } from '../../../model/cluster/variables';
import { INSTALLED } from '../../../model/diagnostics/commands';
import { hasErrors } from '../../../model/diagnostics/diagnostics';
import type { Io } from '../../../model/diagnostics/io';
import { problemTexts } from '../../../model/diagnostics/lines';
import { initialDefinition } from '../../../model/init/definition';
import { propose, type OwnedElsewhere, type Proposal } from '../../../model/init/propose';
import { READ_ONLY_TOKEN, type RepositoryNames } from '../../../model/init/repository';
import { SURVEY_END, surveySchema, type Survey } from '../../../model/init/survey';
import { checkDefinitions, loadDefinitions } from '../../../model/load/load';
import { readIfThere } from '../../../model/support/files';
import { parseJsonAs } from '../../../model/support/json';
import { count, list, some } from '../../../model/support/text';
import { surveyServers, type NamedServer } from '../../lib/proxmox/survey';
import { fail } from '../../lib/platform/io';
import { stableJson } from '../../lib/platform/json';
import { writeTogether } from '../../lib/platform/write-together';
import { serverUrl } from './address';
import { complete } from './ask';
import { ageRecipients, packageSpec, peers, planRepository } from './files';
import { forgeOf, wishesOf, type Answers } from './questions';

export interface InitOptions {
  /** Folder of the repository. */
  readonly into: string;
  readonly servers: readonly NamedServer[];
  /** What the servers have, written down by an earlier run, in place of asking them. */
  readonly fromServers?: string;
  readonly answers: Answers;
  readonly insecure: boolean;
  /** Write down anew what the servers have. */
  readonly updateServers: boolean;
  readonly ageRecipients: readonly string[];
  readonly yes: boolean;
  readonly terminal: boolean;
  /** Seconds per request. */
  readonly timeout: number;
  readonly env: NodeJS.ProcessEnv;
}

const SERVERS_MISSING =
  '--server is missing: key and address of each server, e.g. pve1=https://192.168.10.5:8006';

/** Makes a repository with the definition of a cluster that fits the servers. @returns the exit code */
export async function runInit(options: InitOptions, io: Io, signal: AbortSignal): Promise<0 | 1> {
  const { into, answers: given } = options;
  const definitions = join(into, 'clusters');
  const file = join(definitions, `${given.name ?? 'home'}.yaml`);
  if (options.updateServers) return updateServers(options, file, io);
  const there = existsSync(definitions) ? await loadDefinitions(definitions) : undefined;
  const isAnother = given.name !== undefined && !existsSync(file);
  if (there && there.clusters.length > 0 && !isAnother) {
    const names = there.clusters.map(({ cluster }) => cluster.name);
    io.out(
      `${definitions}: ${list(names)} ${names.length === 1 ? 'is there, and stays as it is' : 'are there, and stay as they are'}; for another one: --name <name>\n`,
    );
    return 0;
  }
  const survey = await surveyOf(options, io);
  if (survey === undefined) return 1;
  tellSeen(survey, io);
  const { yes, terminal } = options;
  const completed = await complete(given, survey, { yes, terminal, signal });
  if ('problems' in completed) return missing(completed.problems, io);
  const wishes = wishesOf(completed.answers);
  const target = join(definitions, `${wishes.name}.yaml`);
  if (existsSync(target)) return fail([`${target}: is there, and stays as it is; give another --name`], io);
  const proposal = propose(survey, wishes, ownedBy(there?.clusters ?? []));
  if ('problems' in proposal) return fail(proposal.problems, io);
  return write(proposal, survey, completed.answers, options, io);
}

/** Without a terminal, all that is missing is told at once. */
function missing(problems: readonly string[], io: Io): 1 {
  return fail([...problems, 'give these flags, or run init on a terminal, where it asks'], io);
}

async function surveyOf(options: InitOptions, io: Io): Promise<Survey | undefined> {
  const { fromServers, servers, answers, env, timeout, insecure } = options;
  if (fromServers !== undefined) {
    const text = readIfThere(fromServers);
    const read = text === undefined ? { problem: 'there is no such file' } : parseJsonAs(text, surveySchema);
    if ('value' in read) return read.value;
    fail([`${fromServers}: ${read.problem}; take the file that init has written, *${SURVEY_END}`], io);
    return undefined;
  }
  const named = servers.length > 0 || !options.terminal ? servers : await askServers();
  if (named.length === 0) {
    const empty: Survey = { format_version: 1, servers: {}, guests: [], mappings: [] };
    const rest = await complete(answers, empty, {
      yes: true,
      terminal: false,
      signal: new AbortController().signal,
    });
    missing([SERVERS_MISSING, ...('problems' in rest ? rest.problems : [])], io);
    return undefined;
  }
  const without = named.filter(({ key }) => !env[`TF_VAR_${tokenVariable(key)}`]);
  if (without.length > 0) {
    fail(tokenHelp(without), io);
    return undefined;
  }
  const survey = await surveyServers(named, { env, timeout: timeout * 1000, insecure });
  if (!('problems' in survey)) return survey;
  fail(
    [
      ...survey.problems,
      'where nothing but the certificate is wrong, --insecure goes on without checking it',
    ],
    io,
  );
  return undefined;
}

/** How to get a token that may look at everything and change nothing. */
const tokenHelp = (without: readonly NamedServer[]): string[] => [
  `no API token for ${list(without.map(({ key }) => key))}. One that can only look is enough; on each server or Proxmox cluster:`,
  ...READ_ONLY_TOKEN.map((line) => `  # ${line}`),
  'Then here:',
  ...without.map(({ key }) => `  export TF_VAR_${tokenVariable(key)}='init@pve!init=<secret>'`),
];

/** Asks for servers until a person has named all. */
async function askServers(): Promise<NamedServer[]> {
  const { input } = await import('@inquirer/prompts');
  const servers: NamedServer[] = [];
  for (;;) {
    const message =
      servers.length === 0
        ? 'Address of a Proxmox VE server (of a Proxmox cluster, one is enough)'
        : 'Address of another one (empty: these are all)';
    const validate = (text: string): true | string =>
      text.trim() === '' || serverUrl(text.trim()) !== undefined || 'write it like https://192.168.10.5:8006';
    const text = (await input({ message, validate }, { output: process.stderr })).trim();
    const url = serverUrl(text);
    if (text === '' || url === undefined) return servers;
    servers.push({ key: `pve${servers.length + 1}`, url });
  }
}

function tellSeen({ servers, guests }: Survey, io: Io): void {
  for (const [key, seen] of Object.entries(servers)) {
    const cluster = seen.proxmox_cluster === undefined ? '' : ` of Proxmox cluster ${seen.proxmox_cluster}`;
    io.err(
      `${key}: Proxmox VE ${seen.version}, node ${seen.node_name}${cluster}, ${seen.cpus} threads, ${seen.memory_gb} GB; storages ${list(seen.storages.map(({ name, free_gb }) => `${name} (${free_gb} GB free)`))}; bridges ${list(seen.bridges.map(({ name }) => name))}${seen.devices.length > 0 ? `; ${count(seen.devices.length, 'GPU')}` : ''}\n`,
    );
  }
  io.err(`${count(guests.length, 'guest')} there, none of which is touched\n`);
  const talos = guests.filter((guest) => guest.talos);
  if (talos.length > 0)
    io.err(
      `${some(talos.map(({ name, vm_id }) => `${name} (VM ${vm_id})`))} look like nodes of Talos; to take them over instead: npm run adopt -- <cluster> --from <file>\n`,
    );
}

/** What the other clusters of the repository have. */
function ownedBy(clusters: Awaited<ReturnType<typeof loadDefinitions>>['clusters']): OwnedElsewhere {
  const nodes = clusters.flatMap(({ cluster }) => cluster.nodes);
  const vips = clusters.flatMap(({ cluster: { management } }) =>
    management.kind === 'standalone' && management.vip !== undefined ? [management.vip] : [],
  );
  return {
    vmIds: nodes.map(({ vmId }) => vmId),
    addresses: [...nodes.flatMap(({ nics }) => nics.map(({ ip }) => ip)), ...vips],
    macs: nodes.flatMap(({ nics }) => nics.map(({ mac }) => mac)),
  };
}

function write(proposal: Proposal, survey: Survey, answers: Answers, options: InitOptions, io: Io): 0 | 1 {
  const { into } = options;
  const { wishes } = proposal;
  const schema = `../${INSTALLED || into !== '.' ? 'node_modules/talos-proxmox-cdktf/' : ''}schemas/cluster.schema.json`;
  const text = initialDefinition(proposal, schema);
  const path = `clusters/${wishes.name}.yaml`;
  const { diagnostics } = checkDefinitions([parseYaml(path, text)]);
  if (hasErrors(diagnostics)) return fail(problemTexts(diagnostics), io);
  // In a checkout of this project the definition is all that is missing.
  const isRepository = INSTALLED || into !== '.';
  const names = repositoryNames(proposal, survey, options);
  const plan = isRepository
    ? planRepository(into, names, forgeOf(answers))
    : { files: {}, kept: [], notes: [] };
  const files = {
    ...plan.files,
    [`clusters/${wishes.name}${SURVEY_END}`]: stableJson(survey),
    [path]: text,
  };
  writeTogether(into, files);
  for (const [name] of Object.entries(files).sort()) io.err(`${join(into, name)}: written\n`);
  for (const name of plan.kept) io.err(`${join(into, name)}: is there, and stays as it is\n`);
  for (const line of [...proposal.notes, ...plan.notes, ...problemTexts(diagnostics)]) io.err(`${line}\n`);
  io.out(`${nextSteps(proposal, options, isRepository).join('\n')}\n`);
  return 0;
}

function repositoryNames(
  { wishes, gpus }: Proposal,
  { servers }: Survey,
  { into, env, ageRecipients: given }: InitOptions,
): RepositoryNames {
  const images = ['talos_image_url', ...(gpus.length > 0 ? ['talos_gpu_image_url'] : [])];
  return {
    cluster: wishes.name,
    servers: Object.keys(servers),
    management: wishes.management,
    talosVersion: wishes.talosVersion,
    variables: Object.fromEntries(
      wishes.management === 'omni' ? images.map((name) => [name, 'address of the image']) : [],
    ),
    recipients: given.length > 0 ? given : ageRecipients(env),
    packageSpec: packageSpec(into),
    peers: peers(),
  };
}

function nextSteps(
  { wishes, nodes, vmIds }: Proposal,
  { into }: InitOptions,
  isRepository: boolean,
): string[] {
  const { name, management } = wishes;
  const kubeconfig = management === 'standalone' ? ` --kubeconfig ${name}.kubeconfig` : '';
  return [
    `${name}: ${count(nodes.length, 'node')}, VMIDs from ${vmIds.first}; read clusters/${name}.yaml, then:`,
    ...(into === '.' ? [] : [`  cd ${into}`]),
    ...(isRepository ? ['  npm install'] : []),
    `  npm run doctor -- ${name}`,
    ...(management === 'standalone' ? [`  npm run talos -- secrets ${name}`] : []),
    `  npm run up -- ${name}${kubeconfig}`,
  ];
}

/** Writes down anew what the servers of a cluster have. */
async function updateServers(options: InitOptions, definition: string, io: Io): Promise<0 | 1> {
  const { env, timeout, insecure, into } = options;
  const file = definition.replace(/\.yaml$/, SURVEY_END);
  const text = readIfThere(file);
  const before = text === undefined ? { problem: 'there is no such file' } : parseJsonAs(text, surveySchema);
  if ('problem' in before) return fail([`${file}: ${before.problem}; name the cluster with --name`], io);
  const named = Object.entries(before.value.servers).map(([key, { api_url }]) => ({ key, url: api_url }));
  const isInsecure = insecure || Object.values(before.value.servers).some((one) => one.tls_insecure);
  const survey = await surveyServers(named, { env, timeout: timeout * 1000, insecure: isInsecure });
  if ('problems' in survey) return fail(survey.problems, io);
  const written = writeTogether(into, { [relative(into, file)]: stableJson(survey) });
  for (const what of Object.values(written)) io.err(`${file}: ${what}\n`);
  return 0;
}

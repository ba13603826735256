import type { Adoption } from '../../../../model/migrate/adopt/definition';
import {
  installImage,
  kubernetesVersion,
  nameservers,
  standaloneKeys,
} from '../../../../model/migrate/adopt/talos/keys';
import { added, withDefaults, type Left } from '../../../../model/migrate/adopt/talos/levels';
import { remainder, type Piece } from '../../../../model/migrate/adopt/talos/remainder';
import type { RunningNode } from '../../../../model/migrate/adopt/talos/running-node';
import type { DefinitionDraft } from '../../../../model/cluster/definition/schema';
import type { Cluster } from '../../../../model/cluster/cluster';
import type { Io } from '../../../../model/diagnostics/io';
import { groupBy } from '../../../../model/support/group-by';
import { byBytes, list, some } from '../../../../model/support/text';
import { readConfig } from '../../../../model/talos/config-changes';
import { valueAt } from '../../../../model/talos/written-patches';
import type { SecretsBundle } from '../../../../model/talos/secrets-bundle';
import { installerOf, parseInstaller, plainInstaller } from '../../../../model/talos/installer';
import { NEWEST_MINOR } from '../../../../model/talos/kinds';
import { FIRST_MINOR, talosMinor } from '../../../../model/talos/talos-forms';
import { nodePatches } from '../../../../model/templates/node-patches';
import { atOnce } from '../../../lib/platform/at-once';
import { problemTexts } from '../../../../model/diagnostics/lines';
import { withAccess, type TalosAccess } from '../../../lib/talos/access';
import { machineConfig } from '../../../lib/talos/machine-config';
import { checkVersion, type Talosctl } from '../../../lib/talos/talosctl';
import { checkedDefinition } from '../check';
import { bundleFrom } from './secrets';

/** VMs that are nodes of a running cluster, as the definition is to have them. */
export interface RunningTask {
  readonly cluster: string;
  readonly base: DefinitionDraft;
  readonly adoptions: readonly Adoption[];
  /** File that the definition is for. */
  readonly output: string;
  readonly talosctl: Talosctl;
  readonly io: Io;
}

/** The definition with all that the nodes have. */
export interface Described {
  readonly base: DefinitionDraft;
  readonly adoptions: readonly Adoption[];
  /** The secrets of the cluster; absent where no node gives them away. */
  readonly bundle?: SecretsBundle;
  /** Why there are none. */
  readonly withoutBundle?: string;
  readonly notes: readonly string[];
}

type Problems = { readonly problems: readonly string[] };

/** A node with what is known of it. */
interface Known {
  readonly adoption: Adoption;
  readonly running: RunningNode;
}

/** Calls at a time: talosctl is a heavy program. */
const CALLS = 4;

/**
 * Says in keys and patches of a definition what running nodes have. The proof is that talosctl makes the same configuration of it for
 * each of them.
 */
export async function describeRunning(task: RunningTask): Promise<Described | Problems> {
  const { base, adoptions, talosctl, io } = task;
  const known = adoptions.flatMap((adoption) =>
    adoption.running ? [{ adoption, running: adoption.running }] : [],
  );
  const first = known.find(({ running }) => running.isControlPlane) ?? known[0];
  const problems = misfits(task.cluster, known);
  if (!first || problems.length > 0) return { problems };
  const versions = known.map(({ running }) => running.version).sort(byVersion);
  const talosctlVersion = await checkVersion(talosctl, versions.at(-1) ?? '');
  if ('problem' in talosctlVersion) return { problems: [talosctlVersion.problem.message] };
  const secrets = await bundleFrom(
    talosctl,
    known.map(({ running }) => running),
  );
  if ('problem' in secrets) return { problems: [secrets.problem] };
  const keys = keysOf(base, known, first);
  if ('problems' in keys) return keys;
  const endpoint = keys.base.standalone?.endpoint ?? '';
  const described = await withAccess(
    talosctl,
    { name: task.cluster, endpoint, bundle: secrets.bundle },
    io,
    (access) => fitted({ ...task, ...keys }, access),
  );
  if ('problem' in described) return { problems: [described.problem.message] };
  if ('problems' in described) return described;
  const { notes } = keys;
  return 'why' in secrets
    ? { ...described, notes, withoutBundle: secrets.why }
    : { ...described, notes, bundle: secrets.bundle };
}

/** Names that would have to change. */
function misfits(cluster: string, known: readonly Known[]): string[] {
  const ofNodes = known.flatMap(({ running: { hostname }, adoption: { vm } }) =>
    hostname === '' || hostname === vm.name
      ? []
      : [
          `VM ${vm.vmId} is called "${vm.name}", and its node "${hostname}": both have one name in a definition; rename the VM, which goes on running: qm set ${vm.vmId} --name ${hostname}`,
        ],
  );
  const names = groupBy(known, ({ running }) => clusterName(running));
  const others = [...names].filter(([name]) => name !== cluster);
  if (others.length === 0) return ofNodes;
  const told = others.map(
    ([name, nodes]) => `"${name}" on ${some(nodes.map(({ adoption }) => adoption.vm.name))}`,
  );
  const help =
    names.size > 1
      ? 'adopt the nodes of one cluster at a time, and leave out the others with --skip'
      : `nodes keep that name; write npm run adopt -- ${others[0]?.[0] ?? ''}`;
  return [
    `cluster ${cluster} is called otherwise in the machine configuration: ${list(told)}; ${help}`,
    ...ofNodes,
  ];
}

function clusterName({ documents }: RunningNode): string {
  const name = valueAt(documents.get(''), 'cluster.clusterName');
  return typeof name === 'string' ? name : '';
}

/** What the definition says by its keys, before anything is compared. */
function keysOf(
  base: DefinitionDraft,
  known: readonly Known[],
  first: Known,
): (Pick<RunningTask, 'base' | 'adoptions'> & { readonly notes: string[] }) | Problems {
  const versions = [...new Set(known.map(({ running }) => running.version))].sort(byVersion);
  const [version = ''] = versions;
  const kubernetes = kubernetesVersion(first.running.documents);
  if (version === '' || kubernetes === undefined)
    return {
      problems: [
        `node ${first.running.hostname} does not tell the version of ${version === '' ? 'Talos' : 'Kubernetes'}; try again when it is ready`,
      ],
    };
  const dns = nameservers(first.running.documents);
  const extensions = shared(known.map(({ running }) => running.extensions));
  const { omni: _, talos_contract: __, ...rest } = base;
  return {
    notes:
      versions.length > 1
        ? [`the nodes run Talos ${list(versions)}; talos_version is the oldest, ${version}`]
        : [],
    base: {
      ...rest,
      talos_version: version,
      kubernetes_version: kubernetes,
      management: 'standalone',
      standalone: {
        ...standaloneKeys(first.running.documents, base.network_config?.subnet),
        installer: installer(known, version),
      },
      network_config: { ...base.network_config, ...(dns.length > 0 ? { dns_servers: dns } : {}) },
      ...(extensions.length > 0 ? { system_extensions: [...extensions] } : {}),
    },
    adoptions: known.map(({ adoption, running }) =>
      running.extensions.length === extensions.length
        ? adoption
        : { ...adoption, input: { ...adoption.input, system_extensions: [...running.extensions] } },
    ),
  };
}

const byVersion = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** What all have. */
const shared = (lists: readonly (readonly string[])[]): readonly string[] =>
  (lists[0] ?? []).filter((item) => lists.every((other) => other.includes(item)));

/** The image that most nodes name, with the version that they run. */
function installer(known: readonly Known[], version: string): string {
  const images = known.map(({ running }) => installImage(running.documents)).sort(byBytes);
  const number = (image: string) => images.filter((other) => other === image).length;
  const [image = ''] = [...new Set(images)].sort((a, b) => number(b) - number(a));
  if (image === '') return plainInstaller(version);
  return parseInstaller(image)?.tag === version
    ? image
    : `${image.replace(/(?::[^:/]*)?(?:@.*)?$/, '')}:${version}`;
}

/** The definition in the form of the contract that leaves least to be patched, with patches for the rest. */
async function fitted(
  task: RunningTask,
  access: TalosAccess,
): Promise<Pick<Described, 'base' | 'adoptions'> | Problems> {
  let best: { base: DefinitionDraft; left: readonly Left[] } | undefined;
  const newest = Math.min(talosMinor(task.base.talos_version ?? ''), NEWEST_MINOR);
  for (let minor = newest; minor >= FIRST_MINOR; minor--) {
    const contract =
      minor === talosMinor(task.base.talos_version ?? '') ? {} : { talos_contract: `v1.${minor}.0` };
    const base = withoutNeedlessInstaller(task, { ...task.base, ...contract });
    const left = await leftOver({ ...task, base }, access);
    if ('problems' in left) return left;
    if (!best || number(left.nodes) < number(best.left)) best = { base, left: left.nodes };
  }
  if (!best)
    return {
      problems: [
        `Talos ${task.base.talos_version} is older than v1.${FIRST_MINOR}.0, the first version that configurations are made for; upgrade the nodes first`,
      ],
    };
  const base = withDefaults(best.base, best.left);
  const own = await leftOver({ ...task, base }, access);
  if ('problems' in own) return own;
  const adoptions = task.adoptions.map((one) => {
    const pieces = own.nodes.find(({ name }) => name === one.vm.name)?.pieces ?? [];
    return pieces.length === 0 ? one : { ...one, input: added(one.input, pieces) };
  });
  const proof = await leftOver({ ...task, base, adoptions }, access);
  if ('problems' in proof) return proof;
  const unsaid = proof.nodes.flatMap(({ name, pieces }) =>
    pieces.map((piece) => `${name}: ${placeOf(piece)}`),
  );
  return unsaid.length === 0
    ? { base, adoptions }
    : {
        problems: [...new Set(unsaid)].map(
          (place) =>
            `${place} cannot be said in a definition; take it out of the machine configuration first: talosctl edit machineconfig`,
        ),
      };
}

const number = (nodes: readonly Left[]): number => nodes.reduce((sum, { pieces }) => sum + pieces.length, 0);

const placeOf = ({ document, path }: Piece): string =>
  [...(document === '' ? [] : [document]), ...path].join('.');

/** An image of an image factory tells the installer by itself, also when `talos_version` goes up. */
function withoutNeedlessInstaller(task: RunningTask, base: DefinitionDraft): DefinitionDraft {
  const checked = checkedDefinition({ ...task, base });
  if ('problems' in checked) return base;
  const { nodes, talosVersion } = checked.cluster.cluster;
  const { installer: image, ...standalone } = base.standalone ?? {};
  return nodes.every((node) => installerOf(node.image, talosVersion) === image)
    ? { ...base, standalone }
    : base;
}

/** What patches must say of each node, beside the definition. */
async function leftOver(
  task: RunningTask,
  access: TalosAccess,
): Promise<{ readonly nodes: readonly Left[] } | Problems> {
  const checked = checkedDefinition(task);
  if ('problems' in checked) return checked;
  const { cluster } = checked.cluster;
  const { patches, diagnostics } = nodePatches(cluster, task.output);
  if (diagnostics.length > 0) return { problems: problemTexts(diagnostics) };
  const results = await atOnce(CALLS, task.adoptions, async ({ vm, running }): Promise<Left | Problems> => {
    const node = cluster.nodes.find(({ name }) => name === vm.name);
    if (!node || !running) return { problems: [] };
    const documents = patches.get(vm.name) ?? [];
    const made = await machineConfig(access, cluster, endpointOf(cluster), node, documents);
    if ('problem' in made) return { problems: [`${vm.name}: ${made.problem.message}`] };
    const pieces = remainder(readConfig(made.text), running.documents);
    return { name: vm.name, role: vm.role, pieces, documents };
  });
  const problems = results.flatMap((one) => ('problems' in one ? one.problems : []));
  if (problems.length > 0) return { problems };
  return { nodes: results.flatMap((one) => ('problems' in one ? [] : [one])) };
}

const endpointOf = ({ management }: Cluster): string =>
  management.kind === 'standalone' ? management.endpoint : '';

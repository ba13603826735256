import { groupBy } from '../support/group-by';
import { count, some } from '../support/text';
import type { LiveCluster } from './live-cluster';
import type { LeavingMember, Membership, WantedCluster } from './membership';
import { readPatchId } from './patch-ids';
import type { SyncLine } from './sync-lines';
import { own } from '../support/json';

/** All that a sync would do, for words. */
export interface Changes {
  readonly wanted: WantedCluster;
  readonly live: LiveCluster;
  readonly membership: Membership;
  /** Machines that no longer exist. */
  readonly gone?: readonly LeavingMember[];
  /** Of a dry run. */
  readonly lines: readonly SyncLine[];
}

/** What a sync would do, in people's words, a sentence each; empty if nothing. */
export const changeWords = (changes: Changes): string[] => [
  ...clusterWords(changes),
  ...memberWords(changes),
  ...setWords(changes),
  ...patchWords(changes),
  ...otherWords(changes),
];

const ofType = ({ lines }: Changes, type: string): readonly SyncLine[] =>
  lines.filter((line) => line.type === type);

function clusterWords(changes: Changes): string[] {
  const { wanted, live } = changes;
  const { talosVersion, kubernetesVersion, name } = wanted;
  if (!live.versions)
    return [`cluster ${name} is created, with Talos ${talosVersion} and Kubernetes ${kubernetesVersion}`];
  const { talos, kubernetes } = live.versions;
  const words: string[] = [];
  if (talos !== talosVersion)
    words.push(
      `Talos ${talos} becomes ${talosVersion}: Omni upgrades the nodes one by one, with a reboot each`,
    );
  if (kubernetes !== kubernetesVersion)
    words.push(`Kubernetes ${kubernetes} becomes ${kubernetesVersion}, node by node`);
  if (words.length === 0 && ofType(changes, 'Clusters').length > 0)
    words.push(`settings of cluster ${name} change`);
  return words;
}

function memberWords({ membership, gone = [] }: Changes): string[] {
  const { joins, leaves } = membership;
  const sets = groupBy(joins, ({ set }) => set);
  return [
    ...[...sets].map(
      ([set, members]) =>
        `${verb(members, 'joins', 'join')} ${set}: ${some(members.map(({ name }) => name))}`,
    ),
    ...leaves.map(({ title, set, id }) => `${title} leaves ${set}: Omni resets the machine ${id}`),
    ...gone.map(({ title, id }) => `machine ${id} of ${title} is removed from Omni: it no longer exists`),
  ];
}

const verb = (items: readonly unknown[], one: string, many: string): string =>
  `${count(items.length, 'machine')} ${items.length === 1 ? one : many}`;

function setWords(changes: Changes): string[] {
  return ofType(changes, 'MachineSets').map(({ verb: what, id }) => {
    if (what === 'creating') return `machine set ${id} is created`;
    return what === 'updating' ? `settings of machine set ${id} change` : `machine set ${id} goes`;
  });
}

/** Patches of machines that join or leave come and go with them. */
function patchWords(changes: Changes): string[] {
  const { wanted, membership } = changes;
  if (!changes.live.versions) return [];
  const names = new Map(wanted.members.map(({ id, name }) => [id, name]));
  const coming = new Set([...membership.joins, ...membership.leaves].map(({ id }) => id));
  const patches = ofType(changes, 'ConfigPatches')
    .map(({ verb: what, id }) => ({ what, ...patchParts(id) }))
    .filter(({ owner }) => !coming.has(owner));
  const byOwner = groupBy(patches, ({ owner }) => names.get(owner) ?? owner);
  const alike = groupBy(byOwner, ([, own]) => own.map(patchText).sort().join(', '));
  return [...alike].map(
    ([text, owners]) => `machine configuration changes on ${some(owners.map(([title]) => title))}: ${text}`,
  );
}

const SIGNS = { creating: '+', updating: '~', 'tearing down': '-', destroyed: '-' } as const;

const patchText = ({ what, patch }: { readonly what: SyncLine['verb']; readonly patch: string }): string =>
  `${SIGNS[what]}${patch}`;

/** An id of another form is a patch of its own. */
function patchParts(id: string): { readonly owner: string; readonly patch: string } {
  const parts = readPatchId(id);
  return parts ? { owner: parts.owner, patch: parts.name } : { owner: 'the cluster', patch: id };
}

/** Types that are told above, or that say nothing of their own. */
const TOLD: ReadonlySet<string> = new Set(['Clusters', 'MachineSetNodes', 'MachineSets', 'ConfigPatches']);

const TYPE_WORDS: Readonly<Record<string, string>> = {
  ExtensionsConfigurations: 'system extensions change, for which Omni reinstalls Talos with a reboot',
  KernelArgs: 'kernel arguments change, for which Omni reinstalls Talos with a reboot',
};

function otherWords(changes: Changes): string[] {
  if (!changes.live.versions) return [];
  const { joins, leaves } = changes.membership;
  const coming = [...joins, ...leaves].map(({ id }) => id);
  const byType = groupBy(
    changes.lines.filter(
      ({ type, id }) => !TOLD.has(type) && !coming.some((machine) => id.includes(machine)),
    ),
    ({ type }) => type,
  );
  const names = new Map(changes.wanted.members.map(({ id, name }) => [id, name]));
  return [...byType].map(([type, lines]) => {
    const ids = lines.map(
      ({ id }) => names.get(id.replace(/^schematic-/, '')) ?? id.replace(/^schematic-/, ''),
    );
    return `${own(TYPE_WORDS, type) ?? `${type} change`}: ${some(ids)}`;
  });
}

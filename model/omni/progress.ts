import { z } from 'zod';
import { some } from '../support/text';
import type { Configured } from './cluster-machines';
import type { WantedCluster } from './membership';
import { readObjects } from './read-objects';

/** How far Omni is with an upgrade of a whole cluster. */
interface Upgrade {
  readonly isDone: boolean;
  /** Version of the last upgrade that came to its end: `1.11.5`. */
  readonly version: string;
  /** What it is at, in Omni's words; "" if it says nothing. */
  readonly words: string;
}

/** What is going on in a cluster after a sync. Being healthy says nothing of it: between two nodes of an upgrade a cluster is. */
export interface Progress {
  /** Absent until Omni has made up its mind. */
  readonly talos?: Upgrade;
  readonly kubernetes?: Upgrade;
  /** Ids of machines for which something waits. */
  readonly pending: ReadonlySet<string>;
  /** Talos that runs, by machine id: `v1.11.5`. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What omnictl printed for each question. */
export interface ProgressAnswers {
  readonly talos: string;
  readonly kubernetes: string;
  readonly pending: string;
  readonly versions: string;
}

/** The questions to ask omnictl, by what they are about. */
export const progressQuestions = (
  cluster: string,
): Readonly<Record<keyof ProgressAnswers, readonly string[]>> => {
  const get = (type: string, ...filter: readonly string[]) => ['get', type, '-o', 'json', ...filter];
  const label = ['-l', `omni.sidero.dev/cluster=${cluster}`];
  // By their ids: those of upgrades do not have the label of the cluster.
  const id = ['--id-match-regexp', `^${cluster}$`];
  return {
    talos: get('talosupgradestatuses', ...id),
    kubernetes: get('kubernetesupgradestatuses', ...id),
    pending: get('machinependingupdates', ...label),
    versions: get('machinestatus', ...label),
  };
};

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const upgradeSchema = z.object({
  spec: z.object({
    phase: z.number().nullish(),
    lastupgradeversion: text,
    status: text,
    step: text,
    error: text,
  }),
});
const pendingSchema = z.object({ metadata: z.object({ id: z.string() }) });
const versionSchema = z.object({
  metadata: z.object({ id: z.string() }),
  spec: z.object({ talosversion: text }),
});

/** Of `TalosUpgradeStatusSpec` and `KubernetesUpgradeStatusSpec`. */
const DONE = 2;

/** Reads the answers to `progressQuestions`. */
export function readProgress(
  answers: ProgressAnswers,
): { readonly progress: Progress } | { readonly problem: string } {
  const talos = readUpgrade(answers.talos);
  const kubernetes = readUpgrade(answers.kubernetes);
  const pending = readObjects(answers.pending, pendingSchema);
  const versions = readObjects(answers.versions, versionSchema);
  if ('problem' in talos) return talos;
  if ('problem' in kubernetes) return kubernetes;
  if ('problem' in pending) return pending;
  if ('problem' in versions) return versions;
  return {
    progress: {
      ...(talos.upgrade ? { talos: talos.upgrade } : {}),
      ...(kubernetes.upgrade ? { kubernetes: kubernetes.upgrade } : {}),
      pending: new Set(pending.objects.map(({ metadata }) => metadata.id)),
      versions: new Map(versions.objects.map(({ metadata, spec }) => [metadata.id, spec.talosversion])),
    },
  };
}

function readUpgrade(answer: string): { readonly upgrade?: Upgrade } | { readonly problem: string } {
  const read = readObjects(answer, upgradeSchema);
  if ('problem' in read) return read;
  const [spec] = read.objects.map((object) => object.spec);
  if (!spec) return {};
  const words = [spec.error, spec.status, spec.step].filter((one) => one !== '').join('; ');
  return { upgrade: { isDone: spec.phase === DONE, version: spec.lastupgradeversion, words } };
}

/**
 * What Omni has still to do until a cluster is as its template says; empty if it is.
 *
 * @param locked ids of machines that a person has locked: they get nothing, and nobody waits for them
 */
export function unfinished(
  { talosVersion, kubernetesVersion, members }: WantedCluster,
  { talos, kubernetes, pending, versions }: Progress,
  configured: Configured,
  locked: ReadonlySet<string>,
): string[] {
  const open = members.filter(({ id }) => !locked.has(id));
  const names = (machines: WantedCluster['members']): string => some(machines.map(({ name }) => name));
  const errorOf = (id: string): string => configured.get(id)?.error ?? '';
  const old = open.filter(({ id }) => versions.get(id) !== talosVersion);
  const refusing = open.filter(({ id }) => errorOf(id) !== '');
  const waiting = open.filter(
    ({ id }) => errorOf(id) === '' && (configured.get(id)?.isUpToDate !== true || pending.has(id)),
  );
  // With a locked machine an upgrade of the whole cluster does not come to its end.
  const isWhole = open.length === members.length;
  const problems: string[] = [];
  if (old.length > 0) problems.push(`not yet on Talos ${talosVersion}: ${names(old)}${said(talos)}`);
  else if (isWhole && !isDone(talos, talosVersion))
    problems.push(`Talos ${talosVersion}: Omni is still at it${said(talos)}`);
  if (isWhole && kubernetesVersion !== '' && !isDone(kubernetes, kubernetesVersion))
    problems.push(`not yet on Kubernetes ${kubernetesVersion}${said(kubernetes)}`);
  for (const { id, name } of refusing)
    problems.push(`${name} cannot take its machine configuration: ${errorOf(id)}`);
  if (waiting.length > 0) problems.push(`without the new machine configuration: ${names(waiting)}`);
  return problems;
}

const isDone = (upgrade: Upgrade | undefined, version: string): boolean =>
  upgrade?.isDone === true && `v${upgrade.version}` === version;

const said = (upgrade: Upgrade | undefined): string => (upgrade?.words ? ` (${upgrade.words})` : '');

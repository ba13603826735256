import { z } from 'zod';
import { readReadiness, type ClusterMachine, type Configured, type Readiness } from './cluster-machines';
import { LOCKED_BY, LOCKED_BY_US } from './locks';
import { labelText, SET_LABEL } from './machine-status';
import { readObjects } from './read-objects';

/** A machine that is in a cluster now: a MachineSetNode of Omni. Its name is "" where another template or a person put it there. */
export interface LiveMember extends ClusterMachine {
  /** Omni changes nothing on it. */
  readonly locked: boolean;
  /** A person has locked it, and no definition. */
  readonly lockedByHand: boolean;
}

/** What Omni has of a cluster. */
export interface LiveCluster {
  /** `vX.Y.Z`; absent when Omni has no such cluster. */
  readonly versions?: { readonly talos: string; readonly kubernetes: string };
  /** A person has locked it: Omni then adds and removes no machine. */
  readonly locked: boolean;
  readonly members: readonly LiveMember[];
  /** Members no more and still to be reset, for which they must be connected: so long the cluster scales down. */
  readonly leaving: readonly ClusterMachine[];
  /** Ids of its config patches. */
  readonly patches: readonly string[];
  readonly ready: Readiness;
  readonly configured: Configured;
}

/** The questions to ask omnictl about a cluster, by what they are about. */
export const liveQuestions = (cluster: string): Readonly<Record<keyof LiveAnswers, readonly string[]>> => {
  const get = (type: string) => ['get', type, '-o', 'json', '-l', `omni.sidero.dev/cluster=${cluster}`];
  return {
    // Not by its name alone, because what is not there is an error then.
    clusters: ['get', 'clusters', '-o', 'json', '--id-match-regexp', `^${cluster}$`],
    members: get('machinesetnodes'),
    patches: get('configpatches'),
    ready: get('clustermachinestatuses'),
  };
};

/** What omnictl printed for each question. */
export interface LiveAnswers {
  readonly clusters: string;
  readonly members: string;
  readonly patches: string;
  readonly ready: string;
}

// omnictl prints an empty text as null.
const texts = z.record(z.string(), z.unknown()).nullish();
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const clusterSchema = z.object({
  metadata: z.object({ annotations: texts }),
  spec: z.object({ talosversion: text, kubernetesversion: text }),
});
const memberSchema = z.object({
  metadata: z.object({ id: z.string(), annotations: texts, labels: texts }),
});
const patchSchema = z.object({ metadata: z.object({ id: z.string() }) });

const LOCKED = 'omni.sidero.dev/cluster-locked';
const MACHINE_LOCKED = 'omni.sidero.dev/locked';

/** Reads the answers to `liveQuestions`. */
export function readLiveCluster(
  answers: LiveAnswers,
): { readonly live: LiveCluster } | { readonly problem: string } {
  const clusters = readObjects(answers.clusters, clusterSchema);
  const members = readMembers(answers.members);
  const patches = readObjects(answers.patches, patchSchema);
  const readiness = readReadiness(answers.ready);
  if ('problem' in clusters) return clusters;
  if ('problem' in members) return members;
  if ('problem' in patches) return patches;
  if ('problem' in readiness) return readiness;
  const [cluster] = clusters.objects;
  const present = new Set(members.members.map(({ id }) => id));
  return {
    live: {
      ...(cluster
        ? {
            versions: {
              talos: `v${cluster.spec.talosversion}`,
              kubernetes: `v${cluster.spec.kubernetesversion}`,
            },
          }
        : {}),
      locked: cluster?.metadata.annotations?.[LOCKED] !== undefined,
      members: members.members,
      leaving: readiness.machines.filter(({ id }) => !present.has(id)),
      patches: patches.objects.map(({ metadata }) => metadata.id),
      ready: readiness.ready,
      configured: readiness.configured,
    },
  };
}

/** Reads the answer to the question for members alone. */
export function readMembers(
  answer: string,
): { readonly members: readonly LiveMember[] } | { readonly problem: string } {
  const read = readObjects(answer, memberSchema);
  if ('problem' in read) return read;
  return {
    members: read.objects.map(({ metadata }) => ({
      id: metadata.id,
      name: labelText(metadata.annotations?.['name']),
      set: labelText(metadata.labels?.[SET_LABEL]),
      locked: metadata.annotations?.[MACHINE_LOCKED] !== undefined,
      lockedByHand:
        metadata.annotations?.[MACHINE_LOCKED] !== undefined &&
        metadata.annotations[LOCKED_BY] !== LOCKED_BY_US,
    })),
  };
}

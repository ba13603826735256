import type { Manifest, MachineSetSettings, OmniMachine, Rollout } from '../cluster';
import { presetsOf } from '../definition/keys';
import { rollout } from '../definition/schema-omni';
import type { OmniSettings } from '../management';
import type { DefinitionDraft, MachineSetInput, NodeInput, RolloutInput } from '../definition/schema';
import { byBytes } from '../../support/text';

/** Cluster settings of Omni as written. */
export function resolveOmni({ omni = {} }: DefinitionDraft): OmniSettings {
  const { restore } = omni;
  return {
    ...present({
      diskEncryption: omni.disk_encryption,
      workloadProxy: omni.workload_proxy,
      embeddedDiscovery: omni.embedded_discovery,
      backupInterval: omni.backup_interval,
      publicDiscovery: omni.public_discovery,
      nodeAuditSkip: omni.node_audit_skip,
    }),
    ...(restore
      ? { restore: { clusterUuid: restore.cluster_uuid ?? '', snapshot: restore.snapshot ?? '' } }
      : {}),
    healthchecks: Object.entries(omni.healthchecks ?? {})
      .map(([name, { job_file: jobFile = '', interval }]) => ({ name, jobFile, ...present({ interval }) }))
      .sort((a, b) => byBytes(a.name, b.name)),
    labels: omni.labels ?? {},
    annotations: omni.annotations ?? {},
  };
}

/** Files for Kubernetes, in their order. */
export const resolveManifests = ({ bootstrap }: DefinitionDraft): Manifest[] =>
  (bootstrap?.manifests ?? []).map(({ file = '', mode = 'one-time' }) => ({ file, mode }));

/** Settings of a machine set. @param blocks as written, most specific first: their maps add up */
export function machineSetSettings(blocks: readonly unknown[]): MachineSetSettings {
  const written = blocks as readonly (MachineSetInput | undefined)[];
  const rollout = (key: 'upgrade_strategy' | 'update_strategy' | 'delete_strategy'): Rollout | undefined =>
    written.map((block) => rolloutOf(block?.[key])).find((one) => one !== undefined);
  const sum = (key: 'labels' | 'annotations'): Record<string, string> =>
    Object.assign({}, ...written.toReversed().map((block) => block?.[key])) as Record<string, string>;
  return {
    ...present({
      upgradeStrategy: rollout('upgrade_strategy'),
      updateStrategy: rollout('update_strategy'),
      deleteStrategy: rollout('delete_strategy'),
    }),
    labels: sum('labels'),
    annotations: sum('annotations'),
  };
}

const rolloutOf = (written: RolloutInput | undefined): Rollout | undefined =>
  written && {
    type: written.type ?? presetsOf(rollout.shape).type,
    ...present({ maxParallelism: written.max_parallelism }),
  };

/** What the machine of a node is in Omni; a pool says nothing of it. */
export function resolveOmniMachine(written: NodeInput['omni_machine']): OmniMachine {
  const {
    locked = false,
    install_disk,
    install_disk_selector,
    labels = {},
    annotations = {},
  } = written ?? {};
  return {
    locked,
    ...present({ installDisk: install_disk, installDiskSelector: install_disk_selector }),
    labels,
    annotations,
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only the keys that have a value. */
export const present = <T extends object>(values: T): Present<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;

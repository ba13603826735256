import type { ClusterDraft } from '../cluster/definition/draft';
import { limitOf, presetsOf } from '../cluster/definition/keys';
import { rollout } from '../cluster/definition/schema-omni';
import type { MachineSetInput } from '../cluster/definition/schema';
import { ROLE_FACTS, ROLES, type Role } from '../cluster/roles';
import type { Path } from '../diagnostics/source';
import { LOCKED_BY } from '../omni/locks';
import { clusterRule, error, type Finding } from './lib/rule';
import { sizeProblem } from './lib/sizes';

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

export const omniSettings = clusterRule(
  'omni-settings',
  'Settings of the cluster, its machine sets and machines in Omni are ones that Omni accepts',
  function* (cluster) {
    const { omni } = cluster.definition;
    const interval = omni?.backup_interval;
    const seconds = interval === undefined ? undefined : durationOf(interval);
    if (interval !== undefined && (seconds === undefined || seconds < 3600 || seconds > 86_400))
      yield error(
        ['omni', 'backup_interval'],
        `"${interval}" is not a duration from 1h to 24h; write it like 6h or 1h30m`,
      );
    if (omni?.restore && !UUID.test(omni.restore.cluster_uuid ?? ''))
      yield error(
        ['omni', 'restore', 'cluster_uuid'],
        `"${omni.restore.cluster_uuid ?? ''}" is not a UUID; omnictl get clusteruuid tells that of the cluster whose backup it is`,
      );
    for (const [name, { interval: pause }] of Object.entries(omni?.healthchecks ?? {})) {
      const path = ['omni', 'healthchecks', name];
      if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name))
        yield {
          ...error(
            path,
            `"${name}" becomes part of the name of a Job; write lower-case letters, digits and "-"`,
          ),
          atKey: true,
        };
      const each = pause === undefined ? undefined : durationOf(pause);
      if (pause !== undefined && (each === undefined || each < 5))
        yield error([...path, 'interval'], `"${pause}" is not a duration from 5s; write it like 30s or 1m`);
    }
    yield* described(['omni'], omni);
    yield* sets(cluster);
    yield* machines(cluster);
  },
);

interface Described {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function* described(place: Path, block: Described | undefined): Generator<Finding> {
  for (const key of ['labels', 'annotations'] as const)
    for (const name of Object.keys(block?.[key] ?? {})) {
      const path = [...place, key, name];
      const finding = (message: string): Finding => ({ ...error(path, message), atKey: true });
      if (name.startsWith('omni.sidero.dev/'))
        yield finding(`"${name}" belongs to Omni; choose a name without omni.sidero.dev/`);
      else if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name))
        yield finding(`only letters, digits, ".", "_", "/" and "-" in such a name, not "${name}"; rename it`);
      else if (key === 'annotations' && place.includes('omni_machine') && OWN_ANNOTATIONS.has(name))
        yield finding(`"${name}" is written by this program; choose another name`);
    }
}

/** Annotations that each machine gets from us. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set(['name', LOCKED_BY]);

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ROLLOUT = presetsOf(rollout.shape);
const MACHINES = limitOf(rollout.shape.max_parallelism);

const STRATEGIES = ['upgrade_strategy', 'update_strategy', 'delete_strategy'] as const;

/** All blocks that say something of a machine set, with its role. */
function* setBlocks({
  definition,
}: ClusterDraft): Generator<{ path: Path; set: MachineSetInput; role: Role }> {
  for (const role of ROLES) {
    const { key } = ROLE_FACTS[role];
    const set = definition.defaults?.[key]?.machine_set;
    if (set) yield { path: ['defaults', key, 'machine_set'], set, role };
  }
  for (const [i, { machine_set: set, role = 'worker' }] of (definition.node_pools ?? []).entries())
    if (set) yield { path: ['node_pools', i, 'machine_set'], set, role };
  for (const [name, set] of Object.entries(definition.omni?.machine_sets ?? {}))
    yield { path: ['omni', 'machine_sets', name], set, role: 'worker' };
}

function* sets(cluster: ClusterDraft): Generator<Finding> {
  for (const { path, set, role } of setBlocks(cluster)) {
    yield* described(path, set);
    const isControlPlane = role === 'control-plane';
    if (isControlPlane && path[0] === 'node_pools') {
      yield error(
        path,
        'all control planes are one machine set, also those of pools; write it into defaults.control_planes',
      );
      continue;
    }
    for (const key of STRATEGIES) {
      const strategy = set[key];
      if (!strategy) continue;
      const { type = ROLLOUT.type, max_parallelism: most } = strategy;
      const at = [...path, key];
      if (isControlPlane && key !== 'upgrade_strategy')
        yield error(at, 'Omni has this for workers only; control planes go one by one; remove it');
      else if (most !== undefined && sizeProblem(most, MACHINES))
        yield error(
          [...at, 'max_parallelism'],
          `${most} is not a number of machines; write ${MACHINES.min} or more`,
        );
      else if (most !== undefined && type === 'unset')
        yield error(
          [...at, 'max_parallelism'],
          'with type unset all machines go at once; remove it, or write type rolling',
        );
    }
  }
}

function* machines({ definition }: ClusterDraft): Generator<Finding> {
  for (const { key } of ROLES.map((role) => ROLE_FACTS[role]))
    for (const [i, { name = '', omni_machine: machine }] of (definition[key] ?? []).entries()) {
      if (!machine) continue;
      const path = [key, i, 'omni_machine'];
      yield* described(path, machine);
      if (machine.locked && key === 'control_planes')
        yield error(
          [...path, 'locked'],
          `Omni locks workers only, and ${name} is a control plane; remove it`,
        );
      const { install_disk: disk, install_disk_selector: selector } = machine;
      if (disk !== undefined && !/^\/dev\/\S+$/.test(disk))
        yield error([...path, 'install_disk'], `"${disk}" is not a device; write it like /dev/vda`);
      if (disk !== undefined && selector !== undefined)
        yield error(
          [...path, 'install_disk_selector'],
          'install_disk says it already; remove one of the two',
        );
    }
}

function durationOf(text: string): number | undefined {
  if (!/^(?:\d+[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, n, unit = '']) => sum + Number(n) * (SECONDS[unit] ?? 0),
    0,
  );
}

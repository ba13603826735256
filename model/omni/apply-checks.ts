import type { Diagnostic } from '../diagnostics/diagnostics';
import { parseVersion } from '../talos/versions';
import { count, didYouMean, list } from '../support/text';
import type { LiveCluster } from './live-cluster';
import { controlPlanesOf, type LeavingMember, type Membership, type WantedCluster } from './membership';
import { madeByTemplate } from './patch-ids';
import { controlPlaneSteps, quorumProblem, type ControlPlaneStep } from './quorum';
import type { SyncLine } from './sync-lines';

/** What a person has named. */
export interface Named {
  /** Nodes that may leave the cluster: node names or machine ids. */
  readonly remove: readonly string[];
  /** Nodes that may leave, and whose machines no longer exist: one that Omni cannot reach is not waited for. */
  readonly gone: readonly string[];
  /** Config patches that may be deleted though no template of ours made them: ids. */
  readonly removePatches: readonly string[];
}

/** What the checks look at. */
export interface Checked {
  readonly wanted: WantedCluster;
  readonly live: LiveCluster;
  readonly membership: Membership;
  readonly named: Named;
}

type Tell = (rule: string, path: string, message: string, severity?: Diagnostic['severity']) => void;

/** All that speaks against a sync. Errors refuse it: the server itself would accept nearly all of them. */
export function applyProblems(checked: Checked): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const tell: Tell = (rule, path, message, severity = 'error') =>
    problems.push({ file: checked.wanted.name, severity, rule, path, message });
  clusterProblems(checked, tell);
  controlPlaneProblems(checked, tell);
  moveProblems(checked, tell);
  removalProblems(checked, tell);
  classProblems(checked, tell);
  lockProblems(checked, tell);
  return problems;
}

function clusterProblems({ wanted, live }: Checked, tell: Tell): void {
  if (live.locked)
    tell(
      'live-omni-locked',
      '',
      `is locked in Omni, and a sync could take the lock off; if the reason no longer holds, run omnictl cluster unlock ${wanted.name}`,
    );
  const now = parseVersion(live.versions?.talos ?? '');
  const then = parseVersion(wanted.talosVersion);
  if (now && then && (then.major - now.major || then.minor - now.minor) < 0)
    tell(
      'live-omni-downgrade',
      '',
      `runs Talos ${live.versions?.talos ?? ''}, and Omni does not go back to ${wanted.talosVersion}; raise talos_version`,
    );
}

function controlPlaneProblems({ wanted, live }: Checked, tell: Tell): void {
  const set = controlPlanesOf(wanted.name);
  const planes = wanted.members.filter((member) => member.set === set);
  if (planes.length === 0)
    return tell(
      'control-plane-count',
      '',
      'would have no control plane, and all that is in it would be lost',
    );
  if (planes.length % 2 === 0)
    tell(
      'control-plane-count',
      '',
      `would have ${planes.length} control planes (${list(planes.map(({ name }) => name))}), which is no safer than ${planes.length - 1}; write an odd number`,
    );
  let before = presentControlPlanes(live, set);
  const isHealthy = healthIn(live);
  const names = new Map(live.members.map(({ id, name }) => [id, name]));
  for (const step of stepsTo(wanted, live)) {
    const problem = quorumProblem(before, step, isHealthy);
    if (problem !== undefined)
      tell(
        'live-omni-quorum',
        names.get(step.removes ?? '') || (step.removes ?? ''),
        `must not leave the control planes now: ${problem}; repair the other control planes first (npm run status -- ${wanted.name})`,
      );
    before = step.machines;
  }
}

/** The steps from the present control planes to those of the template. */
export function stepsTo(wanted: WantedCluster, live: LiveCluster): ControlPlaneStep[] {
  const set = controlPlanesOf(wanted.name);
  return controlPlaneSteps(
    presentControlPlanes(live, set),
    wanted.members.filter((member) => member.set === set).map(({ id }) => id),
    (id) => live.ready.get(id) === true,
  );
}

const presentControlPlanes = ({ members }: LiveCluster, set: string): readonly string[] =>
  members.filter((member) => member.set === set).map(({ id }) => id);

/** A member is as healthy as Omni says; one that is still to join is healthy by the time that it counts. */
const healthIn = ({ members, ready }: LiveCluster) => {
  const present = new Set(members.map(({ id }) => id));
  return (id: string): boolean => !present.has(id) || ready.get(id) === true;
};

function moveProblems({ wanted, membership }: Checked, tell: Tell): void {
  for (const { member, from } of membership.moves)
    tell(
      'live-omni-set-change',
      member.name,
      `is in machine set ${from} and would be in ${member.set}, which Omni does not allow; take it out of the definition and run generate and apply --remove ${member.name}, wait until it is free (npm run status -- ${wanted.name}), then put it back and run both again`,
    );
}

function removalProblems(checked: Checked, tell: Tell): void {
  const { wanted, membership, named } = checked;
  const { leaves, left } = membership;
  const wayOut = (id: string, title: string): string =>
    `Omni resets machine ${id} when it is back, and the cluster scales down until then; start its VM, or, if it no longer exists, run npm run apply -- ${wanted.name} --gone ${title}`;
  const allNamed = [...named.remove, ...named.gone];
  for (const leaving of leaves) {
    if (isNamed(leaving, named.gone)) continue;
    if (isNamed(leaving, named.remove)) {
      if (leaving.unreachable)
        tell(
          'live-omni-disconnected',
          leaving.title,
          `is not connected: ${wayOut(leaving.id, leaving.title)}`,
          'warning',
        );
      continue;
    }
    tell(
      'live-omni-removal',
      leaving.title,
      `is in the cluster (machine ${leaving.id}, in ${leaving.set}) and not in the template: Omni would remove and reset it; put it into the definition, or name it with --remove ${leaving.title}`,
    );
  }
  for (const { id, title, unreachable } of left)
    if (unreachable && !named.gone.some((name) => name === title || name === id))
      tell(
        'live-omni-leaving',
        title,
        `has left the cluster and is not connected: ${wayOut(id, title)}`,
        'warning',
      );
  const known = new Map(wanted.members.map(({ name, id }) => [id, name]));
  for (const name of allNamed) {
    const flag = named.gone.includes(name) ? '--gone' : '--remove';
    const meant = [...leaves, ...left].filter(({ title, id }) => name === title || name === id);
    if (isClassSet(checked, name)) continue;
    if (meant.length > 1)
      tell(
        'live-omni-removal',
        name,
        `is the name of ${count(meant.length, 'machine')} (${list(meant.map(({ id }) => id))}); name one by its id`,
      );
    else if (known.has(name) || [...known.values()].includes(name))
      tell(
        'live-omni-removal',
        name,
        `is named with ${flag}, but the template keeps it; take it out of the definition and run npm run generate`,
      );
    else if (meant.length === 0)
      tell(
        'live-omni-removal',
        name,
        `is named with ${flag} and is not in the cluster, so there is nothing to remove${didYouMean(
          name,
          [...leaves, ...left].map(({ title }) => title),
        )}`,
        'warning',
      );
  }
}

/** A set of a machine class that gets smaller: who leaves is up to Omni. */
function classProblems({ wanted, live, named }: Checked, tell: Tell): void {
  for (const [set, size] of wanted.classSets) {
    const now = live.members.filter((member) => member.set === set).length;
    const name = set.slice(wanted.name.length + 1);
    if (size !== 'unlimited' && now > size && !named.remove.includes(name) && !named.remove.includes(set))
      tell(
        'live-omni-removal',
        name,
        `has ${count(now, 'machine')} of its machine class and would have ${size}: Omni chooses who leaves, and resets it; write the size as it was, or name the set with --remove ${name}`,
      );
  }
}

const isClassSet = ({ wanted }: Checked, name: string): boolean =>
  wanted.classSets.has(name) || wanted.classSets.has(`${wanted.name}-${name}`);

const isNamed = ({ title, id }: LeavingMember, names: readonly string[]): boolean =>
  names.some((name) => name === title || name === id);

/** Machines that leave or have left, no longer exist, and would be waited for. */
export const goneMachines = ({ membership: { leaves, left }, named }: Checked): readonly LeavingMember[] =>
  [...leaves, ...left].filter((leaving) => leaving.unreachable && isNamed(leaving, named.gone));

/** Machines that a person has locked in Omni: it would refuse their removal, but only after it has done other things. */
function lockProblems({ membership }: Checked, tell: Tell): void {
  for (const { title, id, locked } of membership.leaves)
    if (locked)
      tell(
        'live-omni-locked',
        title,
        `is locked in Omni, and would leave the cluster; if the reason no longer holds, run omnictl cluster machine unlock ${id}`,
      );
}

/** Members that people have locked: a sync is to keep that. Omni locks workers only. */
export function lockedByHand({ members }: WantedCluster, live: LiveCluster): WantedCluster['members'] {
  const locked = new Set(live.members.filter((member) => member.lockedByHand).map(({ id }) => id));
  return members.filter(({ id }) => locked.has(id));
}

/** Says of whom a sync changes nothing. */
export const lockWarnings = ({ wanted, live }: Checked): Diagnostic[] =>
  [
    ...lockedByHand(wanted, live).map(({ id, name }) => ({
      name,
      message: `is locked in Omni: it keeps its lock and gets none of the changes until you run omnictl cluster machine unlock ${id}`,
    })),
    ...wanted.members
      .filter(({ id }) => wanted.locked.has(id) && live.members.some((now) => now.id === id && now.locked))
      .map(({ name }) => ({
        name,
        message: 'is locked by the definition (omni_machine.locked), and gets none of the changes',
      })),
  ].map(({ name, message }) => ({
    file: wanted.name,
    severity: 'warning',
    rule: 'live-omni-locked',
    path: name,
    message,
  }));

/** Patches that people made by hand, and that a sync would delete because they carry the label of the cluster. */
export function patchProblems(
  lines: readonly SyncLine[],
  { wanted, membership, named }: Checked,
): Diagnostic[] {
  const going = membership.leaves.map(({ id }) => id);
  return lines
    .filter(({ verb, type }) => verb === 'tearing down' && type === 'ConfigPatches')
    .filter(({ id }) => !madeByTemplate(id) && !going.some((machine) => id.includes(machine)))
    .filter(({ id }) => !named.removePatches.includes(id))
    .map(({ id }) => ({
      file: wanted.name,
      severity: 'error',
      rule: 'live-omni-patch',
      path: id,
      message: `is a config patch that no template here made, and a sync would delete it; put its content into patches of the definition (omnictl get configpatches ${id} -o yaml shows it), then name it with --remove-patch ${id}`,
    }));
}

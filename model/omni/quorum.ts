import { majority } from '../cluster/etcd';

/** A step in which the control planes of a cluster change; ids in the order of the cluster. */
export interface ControlPlaneStep {
  readonly machines: readonly string[];
  /** The machine that leaves in this step. */
  readonly removes?: string;
}

/**
 * How to get from the present control planes to the wanted ones, so that etcd has a majority at any time: what is dead leaves
 * first, because nothing gets healthy beside it; then all new ones join; then the others leave, one after the other.
 *
 * @param now ids of the present control planes
 * @param wanted ids of the wanted ones
 * @returns the steps; the last has the wanted ones. One step where none leaves.
 */
export function controlPlaneSteps(
  now: readonly string[],
  wanted: readonly string[],
  isHealthy: (id: string) => boolean,
): ControlPlaneStep[] {
  const kept = new Set(wanted);
  const leaving = now.filter((id) => !kept.has(id));
  const joining = wanted.filter((id) => !now.includes(id));
  const steps: ControlPlaneStep[] = [];
  let machines = [...now];
  const remove = (id: string): void => {
    machines = machines.filter((other) => other !== id);
    steps.push({ machines, removes: id });
  };
  leaving.filter((id) => !isHealthy(id)).forEach(remove);
  if (joining.length > 0 || steps.length + leaving.length === 0) {
    machines = [...machines, ...joining];
    steps.push({ machines });
  }
  leaving.filter(isHealthy).forEach(remove);
  return steps;
}

/** Why a step would leave etcd without a majority; `undefined` if it does not. New members count as healthy. */
export function quorumProblem(
  before: readonly string[],
  { machines, removes }: ControlPlaneStep,
  isHealthy: (id: string) => boolean,
): string | undefined {
  if (removes === undefined) return undefined;
  // etcd agrees to the removal with the members of before, and goes on with the rest.
  for (const members of [before, machines]) {
    const healthy = members.filter(isHealthy).length;
    if (healthy < majority(members.length))
      return `${healthy} of ${members.length} would be healthy, and etcd needs ${majority(members.length)}`;
  }
  return undefined;
}

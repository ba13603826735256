import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { checkedDefinition, type Drafted } from './check';
import { dirname, join } from 'node:path';
import type { Adoption } from '../../../model/migrate/adopt/definition';
import { planChanges, unwantedChanges } from '../../../model/migrate/adopt/differences';
import { asValues } from '../../../model/terraform/values';
import { reviewPlan, type Plan, type Review } from '../../../model/review';
import { VM, type ResourceChange } from '../../../model/terraform/plan';
import { writeIfChanged } from '../../lib/platform/files';
import type { Io } from '../../../model/diagnostics/io';
import { completePlan, planFrom, stacksOf } from '../../lib/terraform/plan-source';
import { temporaryFolder } from '../../lib/platform/temporary';
import { outputFolder } from '../../lib/project/workspace';

export interface Task extends Drafted {
  /** Is told what takes its time. */
  readonly io: Io;
  readonly signal?: AbortSignal;
}

/** A definition that was planned, or in `problems` why there is none. */
export type Proof =
  | {
      readonly yaml: string;
      /** Stacks of the cluster, in the order in which they are applied. */
      readonly stacks: readonly string[];
      readonly review: Review;
      readonly adoptions: readonly Adoption[];
      readonly warnings: readonly Diagnostic[];
      /** What it would change all the same. */
      readonly left: readonly string[];
    }
  | { readonly problems: readonly string[] };

/**
 * Writes the definition, plans it with the real provider, notes what the plan would change in each VM as to be left alone,
 * and plans again. The stack is a temporary one beside the output folder, so that its state is the real one.
 */
export async function prove(task: Task): Promise<Proof> {
  const temporary = temporaryFolder('adopt', dirname(outputFolder()));
  const folder = temporary.path;
  try {
    const first = await planned(task, folder);
    if ('problems' in first) return first;
    const adoptions = task.adoptions.map((one) => ({ ...one, ignoreChanges: ignoredIn(first.plan, one) }));
    const second = await planned({ ...task, adoptions }, folder);
    if ('problems' in second) return second;
    const { yaml, stacks, plan, review, warnings } = second;
    const left = adoptions.flatMap((one) => leftIn(plan, one));
    return { yaml, stacks, review, warnings, adoptions, left };
  } finally {
    temporary.remove();
  }
}

const ignoredIn = (plan: Plan, adoption: Adoption): string[] => {
  const resource = resourceOf(plan, adoption);
  return resource ? unwantedChanges(resource) : [];
};

/** What a plan would do to an adopted VM that nobody wants, in words; with `ignore_changes` nothing is left. */
function leftIn(plan: Plan, adoption: Adoption): string[] {
  const { name } = adoption.vm;
  const resource = resourceOf(plan, adoption);
  if (!resource) return [`${name} is not in the plan`];
  const left = planChanges(resource);
  return left.length === 0 ? [] : [`the plan would change ${left.join(', ')} of ${name}`];
}

const resourceOf = (plan: Plan, { vm }: Adoption): ResourceChange | undefined =>
  plan.resource_changes.find(
    ({ mode, type, change: { after } }) =>
      mode === 'managed' && type === VM && asValues(after)['name'] === vm.name,
  );

interface Planned {
  readonly yaml: string;
  readonly stacks: readonly string[];
  readonly plan: Plan;
  readonly review: Review;
  readonly warnings: readonly Diagnostic[];
}

async function planned(
  task: Task,
  folder: string,
): Promise<Planned | { readonly problems: readonly string[] }> {
  const { cluster, io, signal } = task;
  const drafted = checkedDefinition(task);
  if ('problems' in drafted) return drafted;
  const { yaml, cluster: checked, warnings } = drafted;
  const file = join(folder, `${cluster}.yaml`);
  writeIfChanged(file, yaml);
  const request = { cluster: checked.cluster, definitions: file, outdir: folder };
  const result = await planFrom({ ...request, ...(signal ? { signal } : {}) }, io);
  const complete = completePlan(result);
  if ('problems' in complete) return complete;
  const { plan } = complete;
  const review = reviewPlan(plan, checked.cluster, { notes: result.warnings, refusals: result.refusals });
  return { yaml, stacks: stacksOf(checked.cluster), plan, review, warnings };
}

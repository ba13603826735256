/** Runs a cell: the broken run, a plan, the manual step, and the run after which nothing may be left to do. */
import type { AccessLog } from '../../../simulators/pve';
import { NOTHING, type Cell, type Operation } from './cell';
import { said } from './said';
import { Case } from './stack';
import { lostVms, statusOf, vmsOf, volumesOf } from './vms';

/** What was seen. */
export interface Result {
  /** Exit code of the broken run. */
  readonly code: number;
  /** Its error, or its warning if it succeeded. */
  readonly said: string;
  /** What a plan says when the fault is gone. */
  readonly plan: string;
  /** What a plan says in the end. */
  readonly left: string;
  /** VMs that the broken run or what followed has replaced, lost, or robbed of a disk. */
  readonly lost: readonly number[];
  /** VMs in the end; after a destroy, disks and images too. */
  readonly remains: readonly string[];
  readonly violations: readonly AccessLog[];
}

export async function runCell(operation: Operation, cell: Cell): Promise<Result> {
  const one = await Case.start(cell.adjust);
  try {
    if (operation !== 'create') await one.terraform.apply();
    if (operation === 'update') one.write('updated');
    return await (operation === 'destroy' ? runDestroy(one, cell) : runApply(one, cell));
  } finally {
    await one.close();
  }
}

async function runApply(one: Case, cell: Cell): Promise<Result> {
  const { sites, terraform } = one;
  const before = vmsOf(sites);
  const broken = await breakRun(one, 'apply', cell);
  const between = vmsOf(sites);
  const plan = await planned(one);
  await cell.manual?.run(one);
  await terraform.apply();
  const lost = [...lostVms(before, between), ...lostVms(between, vmsOf(sites))];
  return { ...broken, plan, left: await planned(one), lost, remains: statusOf(sites), ...violations(one) };
}

async function runDestroy(one: Case, cell: Cell): Promise<Result> {
  const { sites, terraform } = one;
  const broken = await breakRun(one, 'destroy', cell);
  const plan = await planned(one, '-destroy');
  await cell.manual?.run(one);
  await terraform.destroy();
  const left = await planned(one, '-destroy');
  const remains = [...statusOf(sites), ...volumesOf(sites)];
  return { ...broken, plan, left, lost: [], remains, ...violations(one) };
}

async function breakRun(
  { site, terraform }: Case,
  command: 'apply' | 'destroy',
  { fault, during, mend }: Cell,
): Promise<Pick<Result, 'code' | 'said'>> {
  fault(site);
  const running = terraform.run(command, '-auto-approve');
  await during?.(site);
  const result = await running;
  site.faults.clear();
  await mend?.(site);
  return { code: result.code, said: said(result) };
}

/** `1 to add, 0 to change, 0 to destroy`, or that there is nothing to do. Fails if no plan can be made. */
export async function planned({ terraform }: Case, ...flags: readonly string[]): Promise<string> {
  const { code, text } = await terraform.plan(...flags);
  if (code === 0) return NOTHING;
  const summary = /Plan: ([^.]*)\./.exec(text)?.[1] ?? text;
  return text.includes('is tainted') ? `${summary} (tainted)` : summary;
}

export const violations = ({ sites }: Case): Pick<Result, 'violations'> => ({
  violations: sites.flatMap((site) => site.violations),
});

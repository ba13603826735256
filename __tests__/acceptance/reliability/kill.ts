/** Terraform and its provider die in the middle of a run, as in a power cut. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readIfThere } from '../../../model/support/files';
import { startStateServer } from './http-backend';
import { at, CREATE, DELETE, PLAN, REBOOT, RESIZE, START } from './requests';
import type { ManualStep } from './cell';
import { planned, violations, type Result } from './run';
import { Case, type StackJson } from './stack';
import { lostVms, statusOf, vmsOf, volumesOf } from './vms';

export interface Kill {
  readonly id: string;
  readonly title: string;
  readonly command: 'apply' | 'destroy';
  /** Changes the configuration of a cluster that is there already. */
  readonly isUpdate?: boolean;
  /** The request that the server has carried out when Terraform dies before it gets the answer. */
  readonly request: Parameters<typeof at>[0];
  /** The state is on a server that locks it. */
  readonly isRemote?: boolean;
  /** What the next run says, if it refuses to do anything. */
  readonly refused?: string;
  readonly manual?: ManualStep;
  readonly plan: string;
  /** In words for the document. */
  readonly state: string;
}

const UNLOCK: ManualStep = {
  text: '`terraform force-unlock ID`, with the ID from the message, when nobody else is at work',
  run: async (one) => {
    const { stdout, stderr } = await one.terraform.run('plan');
    const id = /ID:\s+([0-9a-f-]{36})/.exec(stdout + stderr)?.[1] ?? '';
    await one.terraform.plain('force-unlock', '-force', id);
  },
};

export const KILLS: readonly Kill[] = [
  {
    id: 'create',
    title: 'create: the VM is made and not started',
    command: 'apply',
    request: CREATE,
    plan: PLAN.create,
    state: 'without the VM, which is on the server; the next apply takes it over and starts it',
  },
  {
    id: 'start',
    title: 'create: the VM is made and started',
    command: 'apply',
    request: START,
    plan: PLAN.create,
    state: 'without the VM, which runs on the server; the next apply takes it over',
  },
  {
    id: 'update',
    title: 'update: half of the changes are written',
    command: 'apply',
    isUpdate: true,
    request: RESIZE,
    plan: PLAN.update,
    manual: REBOOT,
    state: 'of before the run; the next plan reads what has been done',
  },
  {
    id: 'destroy',
    title: 'destroy: the VM is gone',
    command: 'destroy',
    request: DELETE,
    plan: '0 to add, 0 to change, 1 to destroy',
    state: 'with the VM, which is gone; the next plan sees that',
  },
  {
    id: 'remote',
    title: 'create, with a state on a server that locks it',
    command: 'apply',
    request: CREATE,
    isRemote: true,
    refused: 'Error acquiring the state lock',
    manual: UNLOCK,
    plan: '4 to add, 0 to change, 0 to destroy',
    state:
      'locked, and empty: Terraform sends it every 20 s and at the end; the next apply takes over all VMs and downloads images again',
  },
];

/** What was seen; `said` is what the next run refuses to work with. */
export async function runKill(kill: Kill): Promise<Result> {
  const server = kill.isRemote === true ? await startStateServer() : undefined;
  const one = await Case.start(({ terraform }: StackJson) => {
    if (server) terraform.backend = { http: server.backend };
  });
  try {
    if (server) await one.terraform.must('init', '-reconfigure');
    return await runKilled(one, kill);
  } finally {
    await one.close();
    server?.close();
  }
}

async function runKilled(one: Case, kill: Kill): Promise<Result> {
  const { sites, terraform } = one;
  if (kill.isUpdate === true || kill.command === 'destroy') await terraform.apply();
  if (kill.isUpdate === true) one.write('updated');
  const before = vmsOf(sites);
  await dieAt(one, kill);
  const between = vmsOf(sites);
  const next = await terraform.run('plan');
  const said = kill.refused !== undefined && next.stderr.includes(kill.refused) ? kill.refused : '';
  if (next.code !== 0) await kill.manual?.run(one);
  const flags = kill.command === 'destroy' ? ['-destroy'] : [];
  const plan = await planned(one, ...flags);
  if (next.code === 0) await kill.manual?.run(one);
  await terraform[kill.command]();
  const isGone = kill.command === 'destroy';
  const lost = isGone ? [] : [...lostVms(before, between), ...lostVms(between, vmsOf(sites))];
  const remains = [...statusOf(sites), ...(isGone ? volumesOf(sites) : [])];
  return {
    code: next.code,
    said,
    plan,
    left: await planned(one, ...flags),
    lost,
    remains,
    ...violations(one),
  };
}

/** Kills the process group when the server has carried the request out, and the other server is done. */
async function dieAt(one: Case, kill: Kill): Promise<void> {
  const { command, request } = kill;
  at(request, { hang: true, afterwards: true })(one.site);
  const child = one.terraform.spawn(command, '-auto-approve');
  const ended = once(child, 'exit');
  try {
    await until(() => one.site.faults.all().some(({ hits }) => hits > 0));
    await until(() => isOtherDone(one, kill));
  } finally {
    // Also when the moment never came: nothing may go on running.
    process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
  }
  await ended;
  one.site.faults.clear();
}

/** Whether the control plane is made (or gone), and the state knows it: how far Terraform has come must not be chance. */
function isOtherDone({ terraform, sites }: Case, { command, isRemote }: Kill): boolean {
  if (isRemote === true) return sites.some(({ state }) => state.vms.get(1000)?.status === 'running');
  const known = resourcesOf(terraform.dir)?.filter((name) => ['cp-1', 'talos_pve1'].includes(name));
  return known?.length === (command === 'apply' ? 2 : 0);
}

/**
 * Names of the resources that a local state has; while they are made they have no instance. Undefined while the file is
 * being written: it is empty then, which is not the same as a state without resources.
 */
function resourcesOf(dir: string): readonly string[] | undefined {
  const text = readIfThere(join(dir, 'terraform.tfstate')) ?? '';
  try {
    const { resources } = JSON.parse(text) as LocalState;
    return resources.filter(({ instances }) => instances.length > 0).map(({ name }) => name);
  } catch {
    return undefined;
  }
}

interface LocalState {
  readonly resources: readonly { readonly name: string; readonly instances: readonly unknown[] }[];
}

/** Throws when it has not come true in two minutes. */
async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('what the test waits for did not happen in two minutes');
    await sleep(20);
  }
}

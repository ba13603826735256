/** Tasks of Proxmox VE that do not end as they should. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from '../../../simulators/pve';
import { destroy } from '../../../simulators/pve/vm/lifecycle';
import type { ManualStep, Row } from './cell';
import { at, CREATE, DELETE, PLAN, REBOOT, RESIZE, START, STOP, taskFailed, victim } from './requests';
import { VICTIM, type Adjust } from './stack';

const NO_START = 'start failed: QEMU exited with code 1';
const NO_STOP = 'VM quit/powerdown failed';
const NO_CREATE = `unable to create VM ${VICTIM.vmid} - zfs error: pool I/O is currently suspended`;
const OOPS = 'zfs error: pool I/O is currently suspended';
const WARNING = 'EFI disk without the newest certificates';
const INTERRUPTED = 'received interrupt';

const UNTAINT: ManualStep = {
  text: `\`terraform untaint ${VICTIM.address}\`, or the VM is replaced`,
  run: async ({ terraform }) => {
    await terraform.plain('untaint', VICTIM.address);
  },
};

const REMOVE: ManualStep = {
  text: `\`qm destroy ${VICTIM.vmid} --purge\``,
  run: ({ site }) => destroy(site.state, victim(site)),
};

/** A person finds the task that does not end, and stops it. */
async function stopTask(site: Site): Promise<void> {
  const find = () => [...site.state.tasks.values()].find(({ status }) => status === 'running');
  for (let task = find(); ; task = find()) {
    if (task) {
      site.stopTask(task.upid);
      return;
    }
    await sleep(50);
  }
}

/** Timeouts that a test can wait for. */
const impatient: Adjust = ({ resource }) => {
  const vms = Object.values(resource.proxmox_virtual_environment_vm);
  const own = vms.find((vm) => vm['vm_id'] === VICTIM.vmid);
  Object.assign(own ?? {}, { timeout_create: 3, timeout_stop_vm: 3, timeout_shutdown_vm: 3 });
};

export const TASK_ROWS: readonly Row[] = [
  {
    id: 'task-error',
    title: 'The task ends in error',
    create: {
      fault: at(CREATE, { task: NO_CREATE }),
      error: `VM create: ${taskFailed(NO_CREATE)}`,
      plan: PLAN.create,
    },
    update: {
      fault: at(RESIZE, { task: OOPS }),
      error: `VM disk resize: ${taskFailed(OOPS)}`,
      plan: PLAN.update,
    },
    destroy: {
      fault: at(DELETE, { task: OOPS }),
      error: `VM delete ${taskFailed(OOPS)}`,
      plan: PLAN.destroy,
    },
  },
  {
    id: 'start-error',
    title: 'The VM does not start',
    create: {
      fault: at(START, { task: NO_START }),
      error: `VM start: ${taskFailed(NO_START)}`,
      plan: '1 to add, 0 to change, 1 to destroy (tainted)',
      manual: UNTAINT,
    },
    update: {
      fault: at(START, { task: NO_START }),
      error: `VM start: ${taskFailed(NO_START)}`,
      plan: PLAN.update,
    },
    destroy: 'a destroy starts nothing',
  },
  {
    id: 'stop-error',
    title: 'The VM does not stop',
    create: 'a creation stops nothing',
    update: {
      fault: at(STOP, { task: NO_STOP }),
      error: `VM stop: ${taskFailed(NO_STOP)}`,
      plan: PLAN.update,
      manual: REBOOT,
    },
    destroy: {
      fault: at(STOP, { task: NO_STOP }),
      error: `VM stop ${taskFailed(NO_STOP)}`,
      plan: PLAN.destroy,
    },
  },
  {
    id: 'task-warning',
    title: 'The task ends with a warning',
    create: { fault: at(CREATE, { warning: WARNING }), warning: `VM create: WARN: ${WARNING}` },
    update: { fault: at(RESIZE, { warning: WARNING }), warning: `VM disk resize: WARN: ${WARNING}` },
    destroy: { fault: at(DELETE, { warning: WARNING }), warning: `VM delete WARN: ${WARNING}` },
  },
  {
    id: 'stop-warning',
    title: 'The stop of the VM ends with a warning',
    create: 'a creation stops nothing',
    update: { fault: at(STOP, { warning: WARNING }), warning: `VM stop: WARN: ${WARNING}` },
    destroy: {
      fault: at(STOP, { warning: WARNING }),
      warning: `VM stop WARN: ${WARNING}`,
      danger: 'Terraform says "Destroy complete!" and forgets the VM, which stays on the server, stopped',
      manual: REMOVE,
    },
  },
  {
    id: 'task-endless',
    title: 'The task never ends, and a person stops it in Proxmox VE',
    create: {
      fault: at(CREATE, { endless: true }),
      during: stopTask,
      error: `VM create: ${taskFailed(INTERRUPTED)}`,
      plan: PLAN.create,
    },
    update: {
      fault: at(RESIZE, { endless: true }),
      during: stopTask,
      error: `VM disk resize: ${taskFailed(INTERRUPTED)}`,
      plan: PLAN.update,
    },
    destroy: {
      fault: at(DELETE, { endless: true }),
      during: stopTask,
      error: `VM delete ${taskFailed(INTERRUPTED)}`,
      plan: PLAN.destroy,
    },
  },
  {
    id: 'task-endless-timeout',
    title: 'The task never ends, and is stopped only after the timeout of the provider',
    create: {
      adjust: impatient,
      fault: at(CREATE, { endless: true }),
      mend: stopTask,
      error: 'VM create: timeout while waiting for task "UPID" to complete',
      plan: PLAN.create,
    },
    update: {
      adjust: impatient,
      fault: at(STOP, { endless: true }),
      mend: stopTask,
      error: 'VM stop: timeout while waiting for task "UPID" to complete',
      plan: PLAN.update,
      manual: REBOOT,
    },
    destroy: {
      adjust: impatient,
      fault: at(DELETE, { endless: true }),
      mend: stopTask,
      error: 'VM delete timeout while waiting for task "UPID" to complete',
      plan: PLAN.destroy,
    },
  },
];

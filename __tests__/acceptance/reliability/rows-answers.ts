/** Answers of Proxmox VE that are errors, late, or none. */
import type { FaultSpec, Site } from '../../../simulators/pve';
import type { Cell, Row } from './cell';
import { ALWAYS, at, CONFIG, CREATE, DELETE, PLAN, REBOOT } from './requests';
import { VICTIM } from './stack';

interface ErrorAnswer {
  readonly id: string;
  readonly title: string;
  readonly status: number;
  readonly message: string;
  /** Whether a change of a configuration is tried again, as creations and deletions are after each 5xx. */
  readonly isRetriedByUpdates?: boolean;
}

/** The same answer as often as the provider asks. */
function always({ id, title, status, message, isRetriedByUpdates = false }: ErrorAnswer): Row {
  const effect = { status, message, times: ALWAYS };
  const reason = `received an HTTP ${status} response - Reason: ${message}`;
  const tried = status >= 500 ? ' …' : '';
  return {
    id,
    title,
    create: {
      fault: at(CREATE, effect),
      error: `VM create: All attempts fail: #1: error creating VM: ${reason}${tried}`,
      plan: PLAN.create,
    },
    update: {
      fault: at(CONFIG, effect),
      error: `All attempts fail: #1: ${reason}${isRetriedByUpdates ? ' …' : ''}`,
      plan: PLAN.update,
    },
    destroy: {
      fault: at(DELETE, effect),
      error: `VM delete All attempts fail: #1: error deleting VM: ${reason}${tried}`,
      plan: PLAN.destroy,
    },
  };
}

const LOCKED = {
  status: 500,
  message: `can't lock file '/var/lock/qemu-server/lock-${VICTIM.vmid}.conf' - got timeout`,
};
const ONCE = { status: 500, message: 'unable to open file - Device or resource busy' };

/** Errors of requests that got no answer. */
const UNANSWERED = {
  create: `VM create: All attempts fail: #1: error creating VM: failed to perform HTTP POST request (path: nodes/${VICTIM.server}/qemu) - Reason: Post "URL": EOF`,
  update: `All attempts fail: #1: failed to perform HTTP PUT request (path: nodes/${VICTIM.server}/qemu/${VICTIM.vmid}/config) - Reason: Put "URL": EOF`,
  destroy: `VM delete All attempts fail: #1: error deleting VM: failed to perform HTTP DELETE request (path: nodes/${VICTIM.server}/qemu/${VICTIM.vmid}/?destroy-unreferenced-disks=0&purge=1) - Reason: Delete "URL": EOF`,
};

function unanswered(effect: Pick<FaultSpec, 'drop' | 'down' | 'afterwards'>, mend?: Cell['mend']) {
  const rest = mend ? { mend } : {};
  return {
    create: { fault: at(CREATE, effect), error: UNANSWERED.create, plan: PLAN.create, ...rest },
    update: { fault: at(CONFIG, effect), error: UNANSWERED.update, plan: PLAN.update, ...rest },
    destroy: { fault: at(DELETE, effect), error: UNANSWERED.destroy, plan: PLAN.destroy, ...rest },
  };
}

const CARRIED_OUT = unanswered({ drop: true, afterwards: true });

/** Takes a privilege from the token, until it is given back. */
function without(privilege: string): Pick<Cell, 'fault' | 'mend'> {
  const edit = (change: (all: readonly string[]) => string[]) => (site: Site) => {
    for (const account of site.state.accounts.values()) account.acl['/'] = change(account.acl['/'] ?? []);
  };
  return {
    fault: edit((all) => all.filter((other) => other !== privilege)),
    mend: edit((all) => [...all, privilege]),
  };
}

const refused = (privilege: string): string =>
  `received an HTTP 403 response - Reason: Permission check failed (/vms/${VICTIM.vmid}, ${privilege})`;

export const ANSWER_ROWS: readonly Row[] = [
  always({ id: '401', title: 'The token is refused: 401', status: 401, message: 'invalid token value!' }),
  {
    id: '403',
    title: 'The token lacks a privilege: 403',
    create: {
      ...without('VM.Config.CPU'),
      error: `VM create: All attempts fail: #1: error creating VM: ${refused('VM.Config.CPU')}`,
      plan: PLAN.create,
    },
    update: {
      ...without('VM.Config.CPU'),
      error: `All attempts fail: #1: ${refused('VM.Config.CPU')}`,
      plan: PLAN.update,
    },
    destroy: {
      ...without('VM.Allocate'),
      error: `VM delete All attempts fail: #1: error deleting VM: ${refused('VM.Allocate')}`,
      plan: PLAN.destroy,
    },
  },
  {
    id: '500-once',
    title: 'An error of the server, once: 500',
    create: { fault: at(CREATE, ONCE) },
    update: {
      fault: at(CONFIG, ONCE),
      error: `All attempts fail: #1: received an HTTP 500 response - Reason: ${ONCE.message}`,
      plan: PLAN.update,
    },
    destroy: { fault: at(DELETE, ONCE) },
  },
  always({ ...ONCE, id: '500', title: 'An error of the server, each time: 500' }),
  always({
    id: '595',
    title: 'The node behind the server cannot be reached: 595',
    status: 595,
    message: 'No route to host',
  }),
  always({
    id: '599',
    title: 'The node behind the server does not answer in time: 599',
    status: 599,
    message: 'Connection timed out',
  }),
  {
    id: 'lock-short',
    title: 'The lock of the VM is taken for a moment',
    create: { fault: at(CREATE, { ...LOCKED, times: 2 }) },
    update: { fault: at(CONFIG, { ...LOCKED, times: 2 }) },
    destroy: { fault: at(DELETE, { ...LOCKED, times: 2 }) },
  },
  always({ ...LOCKED, id: 'lock', title: 'The lock of the VM stays taken', isRetriedByUpdates: true }),
  {
    id: 'slow',
    title: 'The server answers slowly',
    create: { fault: at(CREATE, { delay: 3000 }) },
    update: { fault: at(CONFIG, { delay: 3000 }) },
    destroy: { fault: at(DELETE, { delay: 3000 }) },
  },
  { id: 'drop', title: 'The connection breaks, the request is lost', ...unanswered({ drop: true }) },
  {
    id: 'drop-afterwards',
    title: 'The connection breaks, the answer is lost',
    create: CARRIED_OUT.create,
    update: { ...CARRIED_OUT.update, manual: REBOOT },
    destroy: { ...CARRIED_OUT.destroy, plan: '0 to add, 0 to change, 1 to destroy' },
  },
  {
    id: 'down',
    title: 'The server goes down during the run, and comes back',
    ...unanswered({ down: true }, (site) => site.up()),
  },
];

/** Requests about the victim, and what can be made of them. */
import type { FaultSpec, Site } from '../../../simulators/pve';
import { halt, run } from '../../../simulators/pve/vm/lifecycle';
import type { ManualStep } from './cell';
import { VICTIM } from './stack';

type Request = Pick<FaultSpec, 'method' | 'path' | 'parameters'>;
type Effect = Omit<FaultSpec, keyof Request>;

const VM = `/nodes/{node}/qemu/${VICTIM.vmid}`;

export const CREATE: Request = {
  method: 'POST',
  path: '/nodes/{node}/qemu',
  parameters: { vmid: String(VICTIM.vmid) },
};
export const START: Request = { method: 'POST', path: `${VM}/status/start` };
export const STOP: Request = { method: 'POST', path: `${VM}/status/stop` };
export const CONFIG: Request = { method: 'PUT', path: `${VM}/config` };
export const RESIZE: Request = { method: 'PUT', path: `${VM}/resize` };
export const DELETE: Request = { method: 'DELETE', path: VM };

/** As often as the provider asks. */
export const ALWAYS = 1000;

/** A fault at a request. */
export const at =
  (request: Request, effect: Effect) =>
  (site: Site): void =>
    void site.faults.add({ ...request, ...effect });

/** What a plan says. */
export const PLAN = {
  create: '1 to add, 0 to change, 0 to destroy',
  update: '0 to add, 1 to change, 0 to destroy',
  /** The VM, and the image that it boots from. */
  destroy: '0 to add, 0 to change, 2 to destroy',
} as const;

export const taskFailed = (text: string): string => `task "UPID" failed to complete with exit code: ${text}`;

/** The victim as it is on the server. */
export function victim({ state }: Site): ReturnType<Site['state']['vmOn']> {
  return state.vmOn(VICTIM.server, VICTIM.vmid);
}

/** Cores that were written, and that the VM does not have before its next start. */
export const REBOOT: ManualStep = {
  text: `\`qm reboot ${VICTIM.vmid}\`: the change is written and no plan shows that the VM still runs without it`,
  run: ({ site }) => {
    halt(site.state, victim(site));
    run(site.state, victim(site));
  },
};

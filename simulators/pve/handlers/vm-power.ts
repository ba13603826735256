import { perm } from '../auth/permissions';
import { failure } from '../errors';
import { route, type Call, type Route } from '../server/call';
import type { Vm } from '../store/types';
import { assertBootable } from '../vm/boot';
import { halt, run } from '../vm/lifecycle';
import { hasAgent } from './agent';
import { cpusOf, describeVm, memoryOf, uptimeOf } from './cluster';

const STATUS = '/nodes/{node}/qemu/{vmid}/status';
const POWER = perm('/vms/{vmid}', 'VM.PowerMgmt');

export const vmPowerRoutes: readonly Route[] = [
  route('GET', `${STATUS}/current`, current, perm('/vms/{vmid}', 'VM.Audit')),
  route('POST', `${STATUS}/start`, start, POWER),
  route('POST', `${STATUS}/stop`, stop, POWER),
  route('POST', `${STATUS}/shutdown`, shutdown, POWER),
  route('POST', `${STATUS}/reboot`, reboot, POWER),
];

function current({ state, vm }: Call): unknown {
  const resource = state.ha.resources.get(`vm:${vm.vmid}`);
  return {
    ...describeVm(state, vm),
    qmpstatus: vm.status,
    cpus: cpusOf(vm),
    maxmem: memoryOf(vm),
    uptime: uptimeOf(vm),
    ...(vm.status === 'running' ? { pid: 100_000 + vm.vmid } : {}),
    ...(hasAgent(vm) ? { agent: 1 } : {}),
    ha: resource ? { managed: 1, state: resource['state'] } : { managed: 0 },
  };
}

function start(call: Call): string {
  const { vm } = call;
  assertUnlocked(vm);
  if (vm.status === 'running') throw failure(`VM ${vm.vmid} already running`);
  return power(call, 'qmstart', () => {
    if (vm.status === 'running') throw failure(`VM ${vm.vmid} already running`);
    run(call.state, vm, assertBootable(call.state, vm));
  });
}

/** Stopping what is stopped is fine. */
function stop(call: Call): string {
  assertUnlocked(call.vm);
  return power(call, 'qmstop', () => halt(call.state, call.vm));
}

/** Asks the guest: by ACPI, or by its agent if it has one. */
function shutdown(call: Call): string {
  const { vm } = call;
  assertUnlocked(vm);
  if (vm.status === 'stopped' && !call.flag('forceStop')) throw failure(`VM ${vm.vmid} not running`);
  return power(call, 'qmshutdown', () => halt(call.state, vm));
}

function reboot(call: Call): string {
  const { vm } = call;
  assertUnlocked(vm);
  if (vm.status !== 'running') throw failure('VM not running');
  return power(call, 'qmreboot', () => {
    halt(call.state, vm);
    run(call.state, vm, assertBootable(call.state, vm));
  });
}

const power = (call: Call, type: string, work: () => void): string =>
  call.task(type, String(call.vm.vmid), work, { lock: call.vm.vmid });

function assertUnlocked({ lock }: Vm): void {
  if (lock !== undefined) throw failure(`VM is locked (${lock})`);
}

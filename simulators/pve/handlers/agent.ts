import { perm, permAny } from '../auth/permissions';
import { failure } from '../errors';
import { parseBoolean, parseProperties } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { Vm } from '../store/types';
import { guestNics } from '../vm/guest';

const AGENT = '/nodes/{node}/qemu/{vmid}/agent';

const CHECKS = {
  check: permAny('/vms/{vmid}', 'VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted'),
  checkIn8: perm('/vms/{vmid}', 'VM.Monitor'),
};

export const agentRoutes: readonly Route[] = [
  { ...route('GET', `${AGENT}/network-get-interfaces`, interfaces), ...CHECKS },
  { ...route('POST', `${AGENT}/ping`, ping), ...CHECKS },
];

/** Whether the configuration says that the guest has an agent. */
export function hasAgent({ config }: Vm): boolean {
  const { enabled } = parseProperties(String(config['agent'] ?? ''), 'enabled');
  return enabled !== undefined && parseBoolean(enabled) === true;
}

/** Throws unless the agent would answer now. */
function assertAnswers({ state, vm }: Call): Vm {
  if (vm.status !== 'running') throw failure(`VM ${vm.vmid} is not running`);
  if (!hasAgent(vm)) throw failure('No QEMU guest agent configured');
  const mode = vm.agent ?? state.agent;
  const isUp = typeof mode === 'object' ? Date.now() - (vm.startedAt ?? 0) >= mode.afterMs : mode === 'up';
  if (!isUp) throw failure('QEMU guest agent is not running');
  return vm;
}

function ping(call: Call): unknown {
  assertAnswers(call);
  return { result: {} };
}

/** Loopback first, then the NICs with the addresses that cloud-init gives them. */
function interfaces(call: Call): unknown {
  const vm = assertAnswers(call);
  const nics = guestNics(vm).map(({ mac, addresses }, index) => nic(`eth${index}`, mac, addresses));
  return { result: [nic('lo', '00:00:00:00:00:00', ['127.0.0.1/8', '::1/128']), ...nics] };
}

function nic(name: string, mac: string, cidrs: readonly string[]): unknown {
  const zero = { 'rx-bytes': 0, 'rx-dropped': 0, 'rx-errs': 0, 'rx-packets': 0 };
  return {
    name,
    'hardware-address': mac,
    'ip-addresses': cidrs.map((cidr) => {
      const [address = '', prefix] = cidr.split('/');
      const type = address.includes(':') ? 'ipv6' : 'ipv4';
      return { 'ip-address': address, 'ip-address-type': type, prefix: Number(prefix) };
    }),
    statistics: { ...zero, 'tx-bytes': 0, 'tx-dropped': 0, 'tx-errs': 0, 'tx-packets': 0 },
  };
}

import { perm, permAny } from '../auth/permissions';
import { failure } from '../errors';
import { parseNic } from '../formats/nic';
import { parseBoolean, parseProperties } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { Vm } from '../store/types';

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
  const nics = Object.keys(vm.config)
    .filter((key) => /^net\d+$/.test(key))
    .map((key) => Number(key.slice('net'.length)))
    .sort((a, b) => a - b)
    .map((index) => nic(`eth${index}`, macOf(vm, index), addresses(vm, index)));
  return { result: [nic('lo', '00:00:00:00:00:00', ['127.0.0.1/8', '::1/128']), ...nics] };
}

const macOf = (vm: Vm, index: number): string =>
  parseNic(String(vm.config[`net${index}`])).macaddr.toLowerCase();

/** Static addresses of ipconfigN; without them, one that stands for a lease. */
function addresses(vm: Vm, index: number): string[] {
  const { ip, ip6 } = parseProperties(String(vm.config[`ipconfig${index}`] ?? ''));
  const fixed = [ip, ip6].filter((address): address is string => address?.includes('/') === true);
  return fixed.length > 0 ? fixed : [`198.51.${(vm.vmid >> 8) & 0xff}.${vm.vmid & 0xff}/16`];
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

import { perm } from '../auth/permissions';
import { failure, parameterError } from '../errors';
import { parseBoolean, splitList } from '../formats/property-string';
import { route, type Call, type Route } from '../server/call';
import type { NetworkInterface } from '../store/types';

const NETWORK = '/nodes/{node}/network';
const AUDIT = perm('/nodes/{node}', 'Sys.Audit');
const CHANGE = perm('/nodes/{node}', 'Sys.Modify');

export const networkRoutes: readonly Route[] = [
  route('GET', NETWORK, list),
  route('POST', NETWORK, create, CHANGE),
  route('PUT', NETWORK, reload, CHANGE),
  route('DELETE', NETWORK, revert, CHANGE),
  route('GET', `${NETWORK}/{iface}`, read, AUDIT),
  route('PUT', `${NETWORK}/{iface}`, update, CHANGE),
  route('DELETE', `${NETWORK}/{iface}`, remove, CHANGE),
];

const interfacesOf = (call: Call): Map<string, NetworkInterface> => call.state.node(call.node).interfaces;

function find(call: Call): NetworkInterface {
  const iface = interfacesOf(call).get(call.text('iface'));
  if (!iface) throw failure('interface does not exist');
  return iface;
}

function list(call: Call): unknown {
  const type = call.optional('type');
  return [...interfacesOf(call).values()]
    .filter(
      (iface) =>
        type === undefined || iface.type === type || (/^any_/.test(type) && maySeeBridge(call, iface)),
    )
    .map((iface, index) => ({ iface: iface.iface, ...describe(iface), priority: index + 3 }));
}

/** Bridges by this filter are those that the caller may use or audit. */
const maySeeBridge = (call: Call, { iface, type }: NetworkInterface): boolean =>
  /bridge$/i.test(type) &&
  ['SDN.Audit', 'SDN.Use'].some((privilege) => call.has(`/sdn/zones/localnetwork/${iface}`, privilege));

function read(call: Call): unknown {
  return { ...describe(find(call)), priority: 3 };
}

/** Flags are numbers, everything else is text: `mtu` too. */
const FLAGS = new Set(['autostart', 'bridge_vlan_aware']);

function describe({ type, settings, pending }: NetworkInterface): Record<string, unknown> {
  const values = Object.entries(settings).map(([key, value]): [string, string | number] => [
    key,
    FLAGS.has(key) ? Number(value) : value,
  ]);
  const families = [
    (settings['address'] ?? settings['cidr']) ? 'inet' : '',
    settings['cidr6'] ? 'inet6' : '',
  ];
  return {
    type,
    method: 'manual',
    method6: 'manual',
    ...Object.fromEntries(values),
    families: families.some(Boolean) ? families.filter(Boolean) : ['inet'],
    ...(pending ? {} : { active: 1, exists: 1 }),
  };
}

function settingsOf(call: Call): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const key of Object.keys(call.params)) {
    if (['node', 'iface', 'type', 'delete'].includes(key)) continue;
    const text = call.text(key);
    settings[key] = FLAGS.has(key) ? String(Number(parseBoolean(text) === true)) : text;
  }
  const { cidr, cidr6 } = settings;
  if (cidr !== undefined) Object.assign(settings, split(cidr, ''), { method: 'static' });
  if (cidr6 !== undefined) Object.assign(settings, split(cidr6, '6'), { method6: 'static' });
  return settings;
}

function split(cidr: string, suffix: string): Record<string, string> {
  const [address = '', netmask = ''] = cidr.split('/');
  return { [`address${suffix}`]: address, [`netmask${suffix}`]: netmask };
}

/** Written down, but not active until the reload. */
function create(call: Call): null {
  const iface = call.text('iface');
  const interfaces = interfacesOf(call);
  if (interfaces.has(iface)) throw parameterError({ iface: 'interface already exists' });
  const settings = settingsOf(call);
  assertOneGateway(call, iface, settings);
  const defaults: Record<string, string> =
    call.text('type') === 'bridge' ? { bridge_stp: 'off', bridge_fd: '0' } : {};
  interfaces.set(iface, {
    iface,
    type: call.text('type'),
    settings: { ...defaults, ...settings },
    pending: true,
  });
  return null;
}

function update(call: Call): null {
  const iface = find(call);
  const settings = settingsOf(call);
  assertOneGateway(call, iface.iface, settings);
  for (const key of splitList(call.optional('delete') ?? '')) Reflect.deleteProperty(iface.settings, key);
  Object.assign(iface.settings, settings);
  return null;
}

function assertOneGateway(call: Call, iface: string, settings: Readonly<Record<string, string>>): void {
  if (settings['gateway'] === undefined) return;
  const other = [...interfacesOf(call).values()].find(
    (candidate) => candidate.iface !== iface && candidate.settings['gateway'] !== undefined,
  );
  if (other)
    throw parameterError({ gateway: `Default gateway already exists on interface '${other.iface}'.` });
}

function remove(call: Call): null {
  interfacesOf(call).delete(find(call).iface);
  return null;
}

/** Makes what was written down active. */
function reload(call: Call): string {
  return call.task('srvreload', 'networking', () => {
    for (const iface of interfacesOf(call).values()) iface.pending = false;
  });
}

/** Forgets interfaces that were never active. */
function revert(call: Call): null {
  const interfaces = interfacesOf(call);
  for (const [name, { pending }] of interfaces) if (pending) interfaces.delete(name);
  return null;
}

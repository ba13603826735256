import { networkDevices } from '../../../constructs/proxmox/network-devices';
import { nic, renderCluster, resource, VM, type Block } from '../../testing/synth';

/** All that the provider asks for: an element that lacks one is refused at plan. */
const KEYS = [
  'bridge', 'disconnected', 'enabled', 'firewall', 'mac_address', 'model', 'mtu', 'queues', 'rate_limit', 'trunks', 'vlan_id',
]; // prettier-ignore

const json = renderCluster({
  storageNetwork: { subnet: '172.31.250.0/24', bridge: 'vmbr2', vlanId: 250, mtu: 9000 },
  defaults: {
    controlPlanes: { firstIp: '192.168.10.100' },
    workers: { firstIp: '192.168.10.110', storageFirstIp: '172.31.250.21' },
  },
});

test('defaults: the eleven keys, unset ones null, after rendering', () => {
  const [device, ...others] = resource(json, VM, 'cp-1')['network_device'] as Block[];

  expect(others).toEqual([]);
  expect(Object.keys(device ?? {}).sort()).toEqual(KEYS);
  const unset = Object.keys(device ?? {}).filter((key) => device?.[key] === null);
  expect(unset.sort()).toEqual([
    'disconnected',
    'enabled',
    'mtu',
    'queues',
    'rate_limit',
    'trunks',
    'vlan_id',
  ]);
});

test('has the keys on every NIC', () => {
  const devices = resource(json, VM, 'w-1')['network_device'] as Block[];

  expect(devices.map((device) => Object.keys(device).sort())).toEqual([KEYS, KEYS]);
  expect(devices[1]).toMatchObject({ bridge: 'vmbr2', vlan_id: 250, mtu: 9000, enabled: null });
});

test('decides about the firewall, so that Proxmox does not', () => {
  expect(networkDevices([nic(), nic()]).map(({ firewall }) => firewall)).toEqual([false, false]);
});

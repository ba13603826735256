import type { Guest } from '../../../model/proxmox/answers';
import { readReadiness } from '../../../model/omni/cluster-machines';
import { matchMachines } from '../../../model/omni/match';
import { statusRows } from '../../../model/omni/status';
import { baseInventory, nodeOf, status } from '../../testing/inventory';

const INVENTORY = baseInventory();
const CP = nodeOf(INVENTORY, 'cp-1');
const GUEST: Guest = {
  type: 'qemu',
  vmid: CP.vm_id,
  node: 'pve2',
  status: 'running',
  template: false,
  tags: [],
  maxcpu: 4,
  maxmem: 0,
};

const row = (rows: ReturnType<typeof statusRows>, name: string) => rows.find((found) => found.name === name);

describe('statusRows', () => {
  it('knows nothing where nobody was asked', () => {
    const rows = statusRows({ inventory: INVENTORY, guests: new Map() });
    expect(rows.map(({ name }) => name)).toEqual(['cp-1', 'cp-2', 'cp-3', 'gpu-1', 'worker-1']);
    expect(rows[0]).toEqual({
      name: 'cp-1',
      role: 'control-plane',
      proxmox_server: 'pve1',
      vm_id: CP.vm_id,
      vm_state: null,
      vm_node: null,
      mac_address: CP.mac_address,
      omni_state: null,
      omni_uuid: null,
      connected: null,
      talos_version: null,
      omni_cluster: null,
      ready: null,
    });
  });

  it('puts together what Proxmox and Omni say', () => {
    const machines = [
      status(CP, { spec: { cluster: 'home' } }),
      status(nodeOf(INVENTORY, 'worker-1')),
      status(nodeOf(INVENTORY, 'worker-1'), { id: 'clone' }),
    ];
    const rows = statusRows({
      inventory: INVENTORY,
      guests: new Map([['pve1', [GUEST]]]),
      matching: matchMachines(INVENTORY, machines, { cluster: 'home' }),
      ready: new Map([[CP.smbios_uuid, true]]),
    });
    expect(row(rows, 'cp-1')).toMatchObject({
      vm_state: 'running',
      vm_node: 'pve2',
      omni_state: 'matched',
      omni_uuid: CP.smbios_uuid,
      connected: true,
      talos_version: 'v1.11.5',
      omni_cluster: 'home',
      ready: true,
    });
    expect(row(rows, 'cp-2')).toMatchObject({
      vm_state: 'absent',
      omni_state: 'never-seen',
      omni_uuid: null,
    });
    expect(row(rows, 'worker-1')).toMatchObject({ omni_state: 'several-machines', omni_uuid: null });
  });
});

describe('readReadiness', () => {
  it('reads the stream of omnictl', () => {
    const a = { ready: true, configuptodate: true };
    const b = { lastconfigerror: 'no such disk' };
    const text = `{"metadata":{"id":"a"},"spec":${JSON.stringify(a)}}\n{"metadata":{"id":"b"},"spec":${JSON.stringify(b)}}`;
    expect(readReadiness(text)).toMatchObject({
      ready: new Map([
        ['a', true],
        ['b', false],
      ]),
      configured: new Map([
        ['a', { isUpToDate: true, error: '' }],
        ['b', { isUpToDate: false, error: 'no such disk' }],
      ]),
    });
  });

  it.each([
    ['{"metadata":', 'the output ends in the middle of object 1'],
    ['{"metadata":{}}', 'object 1: metadata.id is missing'],
  ])('tells of %s', (text, problem) => {
    expect(readReadiness(text)).toEqual({ problem });
  });
});

import { readOldState } from '../../../../model/migrate/adopt/old-state';
import { leaving } from '../../../../model/migrate/adopt/old-state-words';

const VM = 'proxmox_virtual_environment_vm';
const bpg = {
  vm_id: 501,
  name: 'w-1',
  node_name: 'pve1',
  tags: ['k8s'],
  initialization: [{ ip_config: [{ ipv4: [{ address: '10.0.0.5/24' }] }] }],
};

const vmsOf = (state: unknown) => {
  const read = readOldState(JSON.stringify(state));
  if ('problem' in read) throw new Error(read.problem);
  return read;
};

describe('a state', () => {
  it('of Telmate tells VMID, server, address and tags', () => {
    const attributes = {
      id: 'pve1/qemu/110',
      name: 'w',
      tags: 'talos;worker',
      ipconfig0: 'ip=10.0.0.7/24,gw=10.0.0.1',
    };
    const resource = {
      mode: 'managed',
      type: 'proxmox_vm_qemu',
      name: 'workers',
      instances: [{ index_key: 0, attributes }],
    };
    expect(vmsOf({ version: 4, resources: [resource] }).vms).toEqual([
      {
        address: 'proxmox_vm_qemu.workers[0]',
        resource: 'proxmox_vm_qemu.workers',
        words: ' workers 0',
        name: 'w',
        vmId: 110,
        node: 'pve1',
        tags: ['talos', 'worker'],
        ip: '10.0.0.7',
      },
    ]);
  });

  it('in modules, raw and as terraform shows it, gives the same VMs; templates and other things are none', () => {
    const instances = [{ index_key: 'w-1', attributes: bpg }];
    const raw = vmsOf({
      version: 4,
      resources: [
        { module: 'module.m["a"]', mode: 'managed', type: VM, name: 'node', instances },
        { mode: 'managed', type: VM, name: 'image', instances: [{ attributes: { ...bpg, template: true } }] },
        { mode: 'data', type: VM, name: 'seen', instances },
      ],
    });
    const address = `module.m["a"].${VM}.node["w-1"]`;
    const one = { address, mode: 'managed', type: VM, name: 'node', index: 'w-1', values: bpg };
    const shown = vmsOf({
      format_version: '1.0',
      values: { root_module: { child_modules: [{ resources: [one] }] } },
    });
    expect(raw.vms.map(({ words: _, ...rest }) => rest)).toEqual(
      shown.vms.map(({ words: _, ...rest }) => rest),
    );
    expect(shown.vms).toMatchObject([
      { address, resource: `module.m["a"].${VM}.node`, vmId: 501, ip: '10.0.0.5' },
    ]);
    expect(raw.others).toEqual([`${VM}.image`]);
  });
});

describe('to leave a state', () => {
  const vm = (resource: string, key: string) => ({
    resource,
    address: `${resource}["${key}"]`,
    name: key,
    vmId: 1,
    node: 'pve1',
    tags: [],
    words: '',
  });
  const all = [
    vm('proxmox_vm_qemu.a', 'x'),
    vm('proxmox_vm_qemu.a', 'y'),
    vm('module.m["k"].proxmox_vm_qemu.b', 'z'),
  ];

  it('takes a command for each VM, and a block only where no instance stays behind', () => {
    const [x, , z] = all;
    if (!x || !z) throw new Error('no VMs');
    const { commands, blocks } = leaving(all, [z, x]);
    expect(commands).toEqual([
      `terraform state rm 'module.m["k"].proxmox_vm_qemu.b["z"]'`,
      `terraform state rm 'proxmox_vm_qemu.a["x"]'`,
    ]);
    expect(blocks).toBe(
      'removed {\n  from = module.m.proxmox_vm_qemu.b\n\n  lifecycle {\n    destroy = false\n  }\n}\n',
    );
  });
});

import { adoptedDefinition } from '../../../../model/migrate/adopt/definition';
import type { FoundVm } from '../../../../model/migrate/adopt/vm';
import type { Role } from '../../../../model/cluster/roles';
import { ROLE_FACTS } from '../../../../model/cluster/roles';
import { BASE } from '../../../testing/drafts';

const found = (role: Role, config: Record<string, string>): FoundVm => ({
  name: 'a-1',
  role,
  index: 0,
  server: 'pve1',
  vmId: 800,
  running: true,
  agent: false,
  config: { scsi0: 'os:vm-800-disk-0,size=20G', ...config },
});

const adopt = (role: Role, config: Record<string, string>) => {
  const adoption = { vm: found(role, config), input: {}, tags: [], ignoreChanges: ['hostpci'] };
  const [node] = adoptedDefinition('lab', BASE, [adoption])[ROLE_FACTS[role].key] as object[];
  return node;
};

it.each(['control-plane', 'worker', 'gpu-worker'] as const)(
  'writes the mappings of a %s that has a GPU, so that nobody else gets it',
  (role) => {
    const config = { hostpci10: 'mapping=b', hostpci2: 'mapping=a,pcie=1', hostpci3: '0000:01:00' };
    expect(adopt(role, config)).toMatchObject({ gpu_mappings: ['a', 'b'] });
  },
);

it('says only of a GPU worker that a person attaches the GPU', () => {
  expect(adopt('worker', {})).not.toHaveProperty('gpu_mappings');
  expect(adopt('gpu-worker', {})).toMatchObject({ gpu_mappings: [] });
});

type Network = NonNullable<typeof BASE.network_config>;

/** The network of VMs with these NICs. */
function networkOf(configs: readonly Record<string, string>[], network: Partial<Network> = {}): unknown {
  const adoptions = configs.map((config, i) => {
    const vm: FoundVm = { ...found('worker', config), name: `a-${i}`, index: i, vmId: 800 + i };
    return { vm, input: {}, tags: [], ignoreChanges: [] };
  });
  const base = { ...BASE, network_config: { ...BASE.network_config, ...network } };
  return adoptedDefinition('lab', base, adoptions)['network_config'];
}

const nic = (tag: string) => ({ net0: `virtio=BC:24:11:00:00:01,bridge=vmbr0${tag}` });

it.each<[string, Record<string, string>[], Partial<Network>, number | undefined]>([
  ['of its only VM', [nic(',tag=7')], {}, 7],
  ['that all VMs have', [nic(',tag=7'), nic(',tag=7')], {}, 7],
  ['of none where two VMs differ', [nic(',tag=7'), nic(',tag=8')], {}, undefined],
  ['of none where one VM has none', [nic(',tag=7'), nic('')], {}, undefined],
  ['of none where the first VM has none', [nic(''), nic(',tag=7')], {}, undefined],
  ['of none where no VM has one', [nic(''), nic('')], {}, undefined],
  ['of none where no VM has a NIC', [{}], {}, undefined],
  ['that the definition has, also against the VMs', [nic(',tag=7')], { vlan_id: 9 }, 9],
  ['that the definition has, where no VM has one', [nic('')], { vlan_id: 9 }, 9],
])('gives a cluster the VLAN %s', (_, configs, network, vlan) => {
  const made = networkOf(configs, network);
  if (vlan === undefined) expect(made).not.toHaveProperty('vlan_id');
  else expect(made).toMatchObject({ vlan_id: vlan });
});

it('has nodes get their addresses from cloud-init only where all VMs do, unless the definition says how', () => {
  const [own, none] = [{ ipconfig0: 'ip=10.0.0.21/24' }, {}];
  expect(networkOf([own, own])).toMatchObject({ addressing: undefined });
  expect(networkOf([own, none])).toMatchObject({ addressing: 'dhcp_reservation' });
  expect(networkOf([none])).toMatchObject({ addressing: 'dhcp_reservation' });
  expect(networkOf([none], { addressing: 'nocloud' })).toMatchObject({ addressing: 'nocloud' });
});

import { adoptedDefinition } from '../../../model/adopt/definition';
import type { FoundVm } from '../../../model/adopt/vm';
import type { Role } from '../../../model/roles';
import { ROLE_FACTS } from '../../../model/roles';
import { BASE } from '../../helpers/drafts';

const found = (role: Role, config: Record<string, string>): FoundVm => ({
  ...{ name: 'a-1', role, index: 0, server: 'pve1', vmId: 800, running: true, agent: false },
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

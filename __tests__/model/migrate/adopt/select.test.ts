import { selectVms, type Candidate, type Wanted } from '../../../../model/migrate/adopt/select';

const vm = (name: string, vmid: number, tags: readonly string[] = [], template = false) =>
  ({
    guest: {
      type: 'qemu',
      name,
      vmid,
      node: 'pve1',
      status: 'running',
      template,
      tags: [...tags],
      maxcpu: 1,
      maxmem: 1,
    },
    server: { key: 'pve1' },
  }) as unknown as Candidate;

const wanted = (changes: Partial<Wanted> = {}): Wanted => ({
  flags: { 'control-plane': [], worker: [], 'gpu-worker': [] },
  skip: [],
  definition: {},
  allNodes: false,
  states: [],
  ...changes,
});

const workers = (...patterns: readonly string[]) => ({
  'control-plane': [],
  worker: patterns,
  'gpu-worker': [],
});
const brief = ({ chosen }: ReturnType<typeof selectVms>) =>
  chosen.map(({ name, role, index }) => [name, role, index]);

it('gives each VM an index of its own: that of its name where it is free', () => {
  const vms = [vm('w-2', 102), vm('w-b', 103), vm('w-a', 104), vm('w-1', 101), vm('image', 9, [], true)];
  const found = selectVms(wanted({ flags: workers('w-*', '101') }), vms);
  expect(found.problems).toEqual([]);
  expect(brief(found)).toEqual([
    ['w-1', 'worker', 0],
    ['w-2', 'worker', 1],
    ['w-a', 'worker', 2],
    ['w-b', 'worker', 3],
  ]);
});

it('gives VMs whose names count from 0 the number that they end in', () => {
  const vms = [vm('w-01', 101), vm('w-00', 100), vm('w-10', 110)];
  expect(brief(selectVms(wanted({ flags: workers('w-*') }), vms))).toEqual([
    ['w-00', 'worker', 0],
    ['w-01', 'worker', 1],
    ['w-10', 'worker', 10],
  ]);
});

it('leaves the indexes alone of nodes that are there already', () => {
  const definition = { workers: [{ name: 'x-1' }, { name: 'x-9', index: 1 }] };
  expect(brief(selectVms(wanted({ flags: workers('w-1'), definition }), [vm('w-1', 101)]))).toEqual([
    ['w-1', 'worker', 2],
  ]);
});

it('believes flags before lists, lists before tags, and tags before names', () => {
  const definition = { control_planes: [{ name: 'worker-1' }], gpu_workers: [{ name: 'worker-3' }] };
  const vms = [vm('worker-1', 101, ['worker']), vm('worker-2', 102, ['gpu-worker']), vm('worker-3', 103)];
  const states = vms.map(({ guest }) => ({
    address: `a.${guest.vmid}`,
    resource: 'a',
    name: '',
    vmId: guest.vmid,
    node: 'pve1',
    tags: [],
    words: '',
  }));
  const found = selectVms(wanted({ states, definition, flags: workers('worker-3') }), vms);
  expect(brief(found)).toEqual([
    ['worker-1', 'control-plane', 0],
    ['worker-3', 'worker', 2],
    ['worker-2', 'gpu-worker', 1],
  ]);
});

it('refuses two roles for one VM, and tells VMs of one name apart only by what is true', () => {
  const both = wanted({ flags: { ...workers('w-1'), 'gpu-worker': ['w-*'] } });
  expect(selectVms(both, [vm('w-1', 101)]).problems).toEqual([
    '"w-1" (VM 101 on pve1) is to be worker and gpu-worker; name it once',
  ]);
  const twins = [vm('w-1', 101), vm('w-1', 102)];
  const node = (vm_id: number) => wanted({ definition: { workers: [{ name: 'w-1', vm_id }] } });
  expect(selectVms(node(102), twins).chosen.map(({ guest }) => guest.vmid)).toEqual([102]);
  expect(selectVms(node(7), twins).problems).toHaveLength(1);
  expect(selectVms({ ...node(7), skip: ['101'] }, twins).chosen.map(({ guest }) => guest.vmid)).toEqual([
    102,
  ]);
});

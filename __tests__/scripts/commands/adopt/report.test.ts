import type { Adoption } from '../../../../model/migrate/adopt/definition';
import type { Review } from '../../../../model/review';
import { vmArgument } from '../../../../model/terraform/arguments';
import {
  changeLines,
  figures,
  keptLines,
  nextLines,
  nodeLines,
  removedFile,
} from '../../../../scripts/commands/adopt/report';
import type { OldState } from '../../../../scripts/commands/adopt/sources';

const adoption = (name: string, vmId: number, ignoreChanges: string[] = [], ip?: string): Adoption =>
  ({ vm: { name, vmId, role: 'worker', server: 'pve1', ...(ip ? { ip } : {}) }, ignoreChanges }) as never;
const node = (name: string, action: string, ...what: string[]) => ({
  name,
  action,
  changes: what.map((one) => ({ what: one })),
});
const review = (nodes: object[], others: object[] = []): Review => ({ nodes, others }) as never;

test('nodes, a line each', () => {
  const lines = nodeLines([adoption('w-1', 800, [], '10.0.0.5'), adoption('w-2', 801)]);
  expect(lines).toEqual([
    '  w-1: worker, VM 800 on pve1, 10.0.0.5',
    '  w-2: worker, VM 801 on pve1, address unknown',
  ]);
});

test('figures of a plan, of nodes and of all else', () => {
  const some = [node('a', 'import'), node('b', 'replace'), node('c', 'lost'), node('d', 'update')];
  expect(figures(review(some))).toBe('1 to import, 0 to destroy, 2 to replace');
  const others = [{ action: 'create' }, { action: 'remove' }, { action: 'import' }];
  expect(figures(review(some, others))).toBe('2 to import, 1 to create, 1 to destroy, 2 to replace');
});

test('changes in place, each once, with the reason', () => {
  expect(changeLines(review([node('a', 'import'), node('b', 'create', 'memory')]))).toEqual([
    'Nothing changes in the VMs.',
  ]);
  const purge = vmArgument('purge_on_destroy').label;
  const nodes = [
    node('a', 'import', purge, purge, 'memory'),
    node('b', 'update', purge),
    node('c', 'remove', 'x'),
  ];
  expect(changeLines(review(nodes))).toEqual([
    'Changed in place, while the VMs run:',
    ...['  memory (a)', `  ${purge} (a, b): known to Terraform only`].sort(),
  ]);
});

test('what stays as it is, by what that is', () => {
  expect(keptLines([adoption('a', 800)])).toEqual([]);
  expect(
    keptLines([
      adoption('a', 1, ['cpu', 'disk']),
      adoption('b', 2, ['cpu', 'disk']),
      adoption('c', 3, ['cpu']),
    ]),
  ).toEqual([
    'Left as it is, by ignore_changes; take an entry out to have it as new VMs have it:',
    '  a, b: cpu, disk',
    '  c: cpu',
  ]);
});

describe('states that have the VMs', () => {
  const vm = (name: string, vmId: number, key: string) => ({
    name,
    vmId,
    node: 'pve1',
    address: `proxmox_virtual_environment_vm.w["${key}"]`,
    resource: 'proxmox_virtual_environment_vm.w',
  });
  const state = (...vms: ReturnType<typeof vm>[]): OldState =>
    ({ file: 'old.tfstate', vms, others: [] }) as never;

  it('let them go after the apply, by address', () => {
    const lines = nextLines(
      ['home', 'home-pve1'],
      [state(vm('w-1', 800, 'a'), vm('w-9', 809, 'b'))],
      [adoption('w-1', 800)],
    );
    expect(lines).toEqual([
      'Next:',
      '  npm run synth',
      '  (cd cdktf.out/stacks/home && terraform init && terraform apply -parallelism=4)',
      '  (cd cdktf.out/stacks/home-pve1 && terraform init && terraform apply -parallelism=4)',
      'Then, in the project of old.tfstate, which must not be applied any more while it has 1 VM of these:',
      `  terraform state rm 'proxmox_virtual_environment_vm.w["a"]'`,
    ]);
    expect(nextLines(['home'], [], [])).toHaveLength(3);
  });

  it('let them go by removed blocks, where all of a resource goes', () => {
    const whole = state(vm('w-1', 800, 'a'));
    const part = state(vm('w-2', 801, 'a'), vm('w-9', 809, 'b'));
    const other = state({ ...vm('w-3', 802, 'c'), resource: 'proxmox_virtual_environment_vm.x' });
    const adopted = [adoption('w-1', 800), adoption('w-2', 801), adoption('w-3', 802), adoption('w-9', 1)];
    const block = (name: string) =>
      `removed {\n  from = proxmox_virtual_environment_vm.${name}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`;
    expect(removedFile([whole, part, other], adopted)).toBe(`${block('w')}\n${block('x')}`);
    expect(removedFile([part], adopted)).toBe('');
  });
});

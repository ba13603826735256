import { nodesToAsk, reviewPlan, type Review } from '../../../model/review';
import type { LiveMachine } from '../../../model/proxmox/machine';
import { clusterOf, editedPlan } from '../../testing/plan-cases';

type Values = Record<string, unknown>;

const NODE = 'talos-worker-1';
const HOT: LiveMachine = { disksWithoutAio: [], hotplugsDisks: true, cds: [] };

interface Case {
  readonly live?: LiveMachine;
  readonly reboot?: boolean;
  readonly adopted?: boolean;
}

const disksOf = (vm: Values): Values[] => vm['disk'] as Values[];
const grow = (vm: Values): void => void Object.assign(disksOf(vm)[1] ?? {}, { size: 300 });
const add = (vm: Values): void => void disksOf(vm).push({ ...disksOf(vm)[1], interface: 'scsi2' });

function planWith(edit: (after: Values) => void, reboot = false) {
  return editedPlan('nothing', NODE, ({ change }) => {
    const before = change.before as Values;
    before['reboot_after_update'] = reboot;
    before['disk'] = ['scsi0', 'scsi1'].map((slot) => ({ interface: slot, size: 200, datastore_id: 'tank' }));
    before['initialization'] = [{ datastore_id: 'tank', interface: 'ide0' }];
    before['tpm_state'] = [{ datastore_id: 'tank', version: 'v2.0' }];
    const after = structuredClone(before);
    edit(after);
    Object.assign(change, { before, after, actions: ['update'] });
  });
}

function review(edit: (after: Values) => void, { live, reboot, adopted = false }: Case = {}): Review {
  const cluster = clusterOf('nothing');
  const nodes = cluster.nodes.map((node) => (node.name === NODE ? { ...node, adopted } : node));
  const machines = new Map(live ? [[NODE, live]] : []);
  return reviewPlan(planWith(edit, reboot), { ...cluster, nodes }, { live: { machines, problems: [] } });
}

/** Power of the node, then what is found. */
const brief = ({ nodes, findings }: Review): string[] => [
  nodes[0]?.power ?? '',
  ...findings.map(({ severity, rule }) => `${severity}[${rule}]`),
];

const WITHOUT: LiveMachine = { ...HOT, disksWithoutAio: ['scsi0', 'scsi9'] };
const LATER = 'warning[restart-by-hand]';

describe('a running VM', () => {
  it.each<[string, (vm: Values) => void, Case, string[]]>([
    ['whose disk grows', grow, { live: HOT }, ['keeps']],
    ['that gets a disk', add, { live: HOT }, ['keeps']],
    ['whose disk grows, without aio', grow, { live: WITHOUT }, ['later', 'blocked[disk-grown]', LATER]],
    [
      'the same, with restarts',
      grow,
      { live: WITHOUT, reboot: true },
      ['restarts', 'warning[disk-without-aio]'],
    ],
    ['that gets a disk, without aio', add, { live: WITHOUT }, ['later', LATER, 'warning[disk-without-aio]']],
    ['whose disk grows, without hotplug', grow, { live: { ...HOT, hotplugsDisks: false } }, ['later', LATER]],
    ['adopted, and nobody was asked', grow, { adopted: true }, ['later', 'blocked[disk-grown]', LATER]],
    ['adopted, and all is well', grow, { adopted: true, live: HOT }, ['keeps']],
    ['not adopted, and nobody was asked', grow, {}, ['keeps']],
    ['with a new name, without aio', (vm) => (vm['name'] = NODE + 'x'), { live: WITHOUT }, ['keeps']],
    [
      'whose disk grows together with its memory',
      (vm) => {
        grow(vm);
        vm['memory'] = [{ dedicated: 1 }];
      },
      { live: HOT },
      ['later', LATER, 'blocked[disk-grown]'],
    ],
    [
      'whose TPM moves',
      (vm) => (vm['tpm_state'] = [{ datastore_id: 'fast', version: 'v2.0' }]),
      {},
      ['later', LATER, 'blocked[power-off-needed]'],
    ],
    [
      'whose cloud-init drive moves',
      (vm) => (vm['initialization'] = [{ datastore_id: 'fast', interface: 'ide0' }]),
      {},
      ['later', LATER, 'blocked[power-off-needed]'],
    ],
    [
      'whose cloud-init drive moves, with restarts',
      (vm) => (vm['initialization'] = [{ datastore_id: 'fast', interface: 'ide0' }]),
      { reboot: true },
      ['restarts'],
    ],
    [
      'with other addresses in its cloud-init drive',
      (vm) => (vm['initialization'] = [{ datastore_id: 'tank', interface: 'ide0', type: 'nocloud' }]),
      {},
      ['later', LATER],
    ],
  ])('%s', (_, edit, options, expected) => {
    expect(brief(review(edit, options)).sort()).toEqual([...expected].sort());
  });

  it('says which disks, and what to do', () => {
    expect(review(grow, { live: WITHOUT }).findings[0]?.message).toBe(
      'a disk cannot grow while the VM runs: scsi0 has no option aio on the server, and the provider writes it with the change; apply would end in the middle; set reboot_after_update: true of talos-worker-1 for this change, with which apply shuts the VM down, changes it and starts it again',
    );
  });

  it('is asked for where its disks change, and only there', () => {
    const cluster = clusterOf('nothing');
    expect([...nodesToAsk(planWith(grow), cluster)]).toEqual([NODE]);
    expect([
      ...nodesToAsk(
        planWith((vm) => (vm['tags'] = ['a'])),
        cluster,
      ),
    ]).toEqual([]);
  });
});

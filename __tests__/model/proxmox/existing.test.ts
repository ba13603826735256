import type { Guest } from '../../../model/proxmox/answers';
import { existingIn, type LiveObjects } from '../../../model/proxmox/existing';
import { pendingChanges, waitingDiagnostics, waitingLine } from '../../../model/proxmox/pending';
import { reviewPlan, type Plan } from '../../../model/review';
import { VM } from '../../../model/terraform/plan';
import { clusterOf, planOf } from '../../testing/plan-cases';

const cluster = clusterOf('nothing');
const [site = ''] = cluster.servers.map((server) => server.site);
const [server] = cluster.servers;

const guest = (changes: Partial<Guest> = {}): Guest => ({
  type: 'qemu',
  vmid: 1000,
  node: 'pve1',
  name: 'talos-control-1',
  tags: ['home', 'talos'],
  status: 'running',
  template: false,
  maxcpu: 4,
  maxmem: 1,
  ...changes,
});

const live = (changes: Partial<LiveObjects> & { guests?: readonly Guest[] } = {}): LiveObjects => ({
  sites: new Map([[site, { guests: changes.guests ?? [], pools: [], mappings: [] }]]),
  files: new Map(),
  ...changes,
});

/** The first apply, once more. */
function creating(): Plan {
  const plan = planOf('nothing');
  for (const { change, type } of plan.resource_changes)
    if (type === VM) Object.assign(change, { actions: ['create'], before: null });
  return plan;
}

const other = (type: string, name: string, after: object): Plan => ({
  ...planOf('nothing'),
  resource_changes: [
    {
      address: `${type}.${name}`,
      mode: 'managed',
      type,
      name,
      change: { actions: ['create'], before: null, after },
    },
  ],
});

describe('what a plan would create and is there', () => {
  it.each<[string, Partial<Guest>, number]>([
    ['a VM with name, VMID and tag', {}, 1],
    ['a VM of another name, which the guards refuse', { name: 'database' }, 0],
    ['a VM without the tag of the cluster', { tags: [] }, 0],
    ['a container', { type: 'lxc' }, 0],
    ['a VM with another VMID', { vmid: 4711 }, 0],
  ])('%s', (_, changes, found) => {
    expect(existingIn(creating(), cluster, live({ guests: [guest(changes)] }))).toHaveLength(found);
  });

  it('is nothing of what the state has', () => {
    expect(existingIn(planOf('nothing'), cluster, live({ guests: [guest()] }))).toEqual([]);
  });

  it('is an image on the storage of its server', () => {
    const image = { file_name: 'talos.iso', datastore_id: 'local', content_type: 'iso' };
    const plan = other('proxmox_download_file', `talos_${server?.key ?? ''}`, image);
    const files = (volume: string) => live({ files: new Map([[server?.key ?? '', new Set([volume])]]) });
    expect(existingIn(plan, cluster, files('local:iso/talos.iso'))).toMatchObject([{ kind: 'image' }]);
    expect(existingIn(plan, cluster, files('local:iso/other.iso'))).toEqual([]);
  });

  it.each<[string, string[], boolean]>([
    ['the same devices', ['iommugroup=1,path=0000:01:00,id=10DE:2204,node=pve1'], true],
    ['another device', ['id=10de:1eb8,node=pve1,path=0000:01:00'], false],
    ['a device more', ['id=10de:2204,node=pve1,path=0000:01:00', 'id=1:2,node=pve9,path=0000:02:00'], false],
  ])('is a mapping, ours with %s', (_, map, ours) => {
    const device = { node: 'pve1', path: '0000:01:00', id: '10de:2204' };
    const name = `gpu_${server?.siteName ?? ''}`;
    const plan = other('proxmox_hardware_mapping_pci', name, { name: 'gpu', map: [device] });
    const sites = new Map([[site, { guests: [], pools: [], mappings: [{ id: 'gpu', map, mdev: false }] }]]);
    expect(existingIn(plan, cluster, live({ sites }))).toMatchObject([{ importId: 'gpu', ours }]);
  });

  it.each<[string, Partial<Guest>[], string, boolean]>([
    ['with VMs of this cluster', [{ pool: 'lab' }], 'other', true],
    ['with VMs of others', [{ pool: 'lab' }, { pool: 'lab', name: 'db', vmid: 9 }], 'mine', false],
    ['empty, with the comment of the definition', [{ pool: 'x' }], 'mine', true],
    ['empty, with another comment', [], 'other', false],
  ])('is a pool %s', (_, members, comment, ours) => {
    const plan = other('proxmox_virtual_environment_pool', `lab_${server?.siteName ?? ''}`, {
      pool_id: 'lab',
      comment: 'mine',
    });
    const guests = members.map(guest);
    const sites = new Map([[site, { guests, pools: [{ poolid: 'lab', comment }], mappings: [] }]]);
    expect(existingIn(plan, cluster, live({ sites }))).toMatchObject([{ importId: 'lab', ours }]);
  });

  it('is taken over and counts as running, or is blocked until somebody names it', () => {
    const existing = existingIn(creating(), cluster, live({ guests: [guest()] }));
    const review = reviewPlan(creating(), cluster, { existing });
    expect(review.nodes.map(({ action }) => action)).toEqual(['take', ...Array<string>(5).fill('create')]);
    expect(review).toMatchObject({ verdict: 'safe', quorum: { members: 1, down: [], kept: true } });
    expect(review.findings).toMatchObject([{ severity: 'warning', rule: 'state-behind' }]);
    const foreign = existing.map((one) => ({ ...one, ours: false, kind: 'PCI mapping' as const }));
    const blocked = reviewPlan(creating(), cluster, { existing: foreign });
    expect(blocked.findings).toMatchObject([{ severity: 'blocked', allow: 'adopt:talos-control-1' }]);
    const allow = ['adopt:talos-control-1'];
    expect(reviewPlan(creating(), cluster, { existing: foreign, allow }).verdict).toBe('allowed');
  });
});

describe('what waits for a restart', () => {
  const keys = [
    { key: 'memory', value: '8192', pending: '16384' },
    { key: 'cores', value: '4', pending: '4' },
    { key: 'name', value: 'w' },
    { key: 'hostpci0', value: 'mapping=gpu', delete: 1 },
    { key: 'machine', pending: 'q35' },
  ];

  it('is what Proxmox holds back, in all its forms', () => {
    expect(pendingChanges(keys)).toEqual([
      { key: 'memory', from: '8192', to: '16384' },
      { key: 'hostpci0', from: 'mapping=gpu', to: '' },
      { key: 'machine', from: '', to: 'q35' },
    ]);
  });

  it('is told with the command that helps, and so is what is not known', () => {
    const waiting = { nodes: [{ name: 'w', changes: pendingChanges(keys) }], problems: ['pve2: late'] };
    expect(waitingLine('home', waiting)).toBe(
      '1 node must be restarted for changes to take effect: w (memory 8192 → 16384, hostpci0 mapping=gpu → none, machine none → q35); one at a time, with npm run restart -- home',
    );
    expect(waitingLine('home', { nodes: [], problems: [] })).toBe('');
    expect(waitingDiagnostics('home', waiting).map(({ path }) => path)).toEqual(['w', '']);
    expect(reviewPlan(planOf('nothing'), cluster, { waiting })).toMatchObject({
      verdict: 'nothing',
      findings: [{ severity: 'warning', rule: 'restart-pending' }],
      notes: ['whether nodes wait for a restart is not known: pve2: late'],
    });
  });
});

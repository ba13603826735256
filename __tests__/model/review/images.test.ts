import type { Cluster, Server } from '../../../model/cluster/cluster';
import { nodesToAsk, reviewPlan, type Plan } from '../../../model/review';
import { clusterOf, planOf } from '../../testing/plan-cases';

type Values = Record<string, unknown>;

const DOWNLOAD = 'proxmox_download_file';
const OLD = 'talos-v1.11.5-376567988ad3-nocloud-amd64-home.iso';

const file = (node: string, storage = 'local', name = OLD): Values => ({
  datastore_id: storage,
  content_type: 'iso',
  file_name: name,
  node_name: node,
});

const change = (
  name: string,
  before: Values | null,
  after: Values | null,
): Plan['resource_changes'][number] => {
  const actions = [...(after ? ['create'] : []), ...(before ? ['delete'] : [])];
  return {
    address: `${DOWNLOAD}.${name}`,
    mode: 'managed',
    type: DOWNLOAD,
    name,
    change: { actions, before, after },
  };
};

/** Findings of a plan in which nothing happens to VMs but `edit`, and these files change. */
function findings(
  files: readonly Plan['resource_changes'][number][],
  edit: (vm: Values, name: string) => void = () => undefined,
  cluster: Cluster = clusterOf('nothing'),
): string[] {
  const plan = planOf('nothing');
  plan.resource_changes = plan.resource_changes.filter(({ type }) => type !== DOWNLOAD);
  for (const { change: vm, name } of plan.resource_changes) edit(vm.after as Values, name);
  plan.resource_changes.push(...files);
  return reviewPlan(plan, cluster).findings.map(
    ({ severity, rule, message, allow }) => `${severity}[${rule}] ${message}${allow && ` (${allow})`}`,
  );
}

const inDrive = (id: string) => (vm: Values) => void (vm['cdrom'] = [{ interface: 'ide2', file_id: id }]);

/** The servers of the cluster as members of one Proxmox cluster, or of a shared storage. */
const together = (changes: Partial<Server>): Cluster => {
  const cluster = clusterOf('nothing');
  const servers = cluster.servers.map((server) => ({ ...server, ...changes }));
  return { ...cluster, servers };
};

const kept = 'stays in the CD drive of talos-control-1, talos-worker-1, talos-worker-3';

describe('an image that goes', () => {
  it('and that nobody boots from is nothing to look at', () => {
    expect(findings([change('talos_pve1', file('pve1'), null)], inDrive('local:iso/other.iso'))).toEqual([]);
  });

  it('is harm for the VMs on its node whose CD drive still has it', () => {
    expect(findings([change('talos_pve1', file('pve1'), null)])).toEqual([
      expect.stringMatching(
        `^blocked\\[image-in-use\\] local:iso/${OLD} on pve1 is deleted and ${kept}, which .* \\(remove:${OLD}\\)$`,
      ),
    ]);
  });

  it('is harm for a drive that the plan leaves out, as the server has it', () => {
    const plan = planOf('nothing');
    for (const { change: vm, type } of plan.resource_changes)
      if (type !== DOWNLOAD) delete (vm.after as Values)['cdrom'];
    plan.resource_changes = plan.resource_changes.filter(({ type }) => type !== DOWNLOAD);
    plan.resource_changes.push(change('talos_pve1', file('pve1'), null));
    const cluster = clusterOf('nothing');
    expect(nodesToAsk(plan, cluster)).toContain('talos-worker-1');
    const machine = { disksWithoutAio: [], hotplugsDisks: true, cds: [`local:iso/${OLD}`] };
    const live = { machines: new Map([['talos-worker-1', machine]]), problems: [] };
    expect(reviewPlan(plan, cluster).findings).toEqual([]);
    expect(reviewPlan(plan, cluster, { live }).findings).toMatchObject([
      { rule: 'image-in-use', message: expect.stringContaining('drive of talos-worker-1, which') as string },
    ]);
  });

  it('for another one too, where the drive is left as it is', () => {
    expect(findings([change('talos_pve1', file('pve1'), file('pve1', 'local', 'new.iso'))])).toHaveLength(1);
  });

  it('is none once the VMs have another one', () => {
    const replaced = change('talos_pve1', file('pve1'), file('pve1', 'local', 'new.iso'));
    expect(findings([replaced], inDrive('local:iso/new.iso'))).toEqual([]);
  });

  it('is another file than that of the same name on another standalone server', () => {
    const gone = change('talos_pve2', file('minipc'), null);
    expect(
      findings([gone], (vm, name) => name === 'talos-worker-2' && inDrive('none')(vm)),
    ).not.toContainEqual(expect.stringContaining('talos-control-1'));
  });

  const onPve1 = (storage: string) => (vm: Values, name: string) => {
    inDrive(
      ['talos-control-1', 'talos-worker-1', 'talos-worker-3'].includes(name) ? `${storage}:iso/${OLD}` : '',
    )(vm);
  };

  it.each<[string, string, Partial<Server>, boolean]>([
    ['nodes of one Proxmox cluster have a storage in common, as it seems', 'nfs', { site: 'dc' }, true],
    ['but each its own local', 'local', { site: 'dc' }, false],
    ['standalone servers, only where somebody says so', 'nfs', {}, false],
    [
      'who says so',
      'nfs',
      { imageStorage: 'nfs', sharedImages: { name: 'nfs', servers: ['pve1', 'pve2'] } },
      true,
    ],
  ])('%s', (_, storage, servers, isHarm) => {
    const gone = change('talos_pve2', file('minipc', storage), null);
    const found = findings([gone], onPve1(storage), together(servers));
    expect(found).toEqual(isHarm ? [expect.stringContaining(`on minipc is deleted and ${kept}`)] : []);
  });

  it('with the first stack of a split state is in the drives until the others are applied', () => {
    const cluster = {
      ...clusterOf('nothing'),
      parts: [{ stack: 'home-pve1', nodes: [], backend: { type: 'local', config: {} } }],
    };
    const replaced = change('talos_pve1', file('pve1'), file('pve1', 'local', 'new.iso'));
    expect(findings([replaced], inDrive('local:iso/new.iso'), cluster)).toEqual([
      expect.stringMatching(
        /^warning\[image-in-use\] .* goes with the first stack, and stays in the CD drive of talos-control-1, /,
      ),
    ]);
  });
});

describe('one file of two resources', () => {
  it('is missing afterwards when it is replaced by itself', () => {
    expect(findings([change('talos_pve1', file('pve1'), file('pve1'))])).toContainEqual(
      expect.stringMatching(
        /^blocked\[image-changed\] .* is both downloaded and deleted in one run, .* untaint\)$/,
      ),
    );
  });

  it('or when the image has another key: the state is told', () => {
    const [gone, made] = [change('talos_pve1', file('pve1'), null), change('main_pve1', null, file('pve1'))];
    expect(findings([gone, made])).toContainEqual(
      expect.stringMatching(
        /terraform state mv proxmox_download_file\.talos_pve1 proxmox_download_file\.main_pve1$/,
      ),
    );
  });
});

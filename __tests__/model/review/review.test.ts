import {
  allowProblem,
  reviewExitCode,
  reviewPlan,
  terraformAllow,
  type ReviewFinding,
  type Review,
} from '../../../model/review';
import { headline } from '../../../model/review/words';
import { driftExitCode, driftLines, reviewDrift } from '../../../model/review/drift';
import { VM } from '../../../model/terraform/plan';
import { clusterOf, editedPlan, planOf, type PlanCase, type Resource } from '../../testing/plan-cases';

const reviewOf = (name: PlanCase, ...allow: readonly string[]): Review =>
  reviewPlan(planOf(name), clusterOf(name), { allow });

/** `blocked[rule] subject (flag)` */
const brief = ({ findings }: Review): string[] => findings.map(briefly);
const briefly = ({ severity, rule, subject, allow }: ReviewFinding): string =>
  `${severity}[${rule}] ${subject}${allow === '' ? '' : ` (${allow})`}`;

type Values = Record<string, unknown>;

/** The review of a recorded plan with a change of one of its resources. */
const edited = (name: PlanCase, resource: string, edit: (resource: Resource) => void): Review =>
  reviewPlan(editedPlan(name, resource, edit), clusterOf(name));

const after = ({ change }: Resource): Values => change.after as Values;
const before = ({ change }: Resource): Values => change.before as Values;

describe('a recorded plan', () => {
  it.each<[PlanCase, 0 | 2, string[]]>([
    ['nothing', 0, []],
    ['one-more', 0, []],
    ['image-bump', 0, []],
    ['grow', 0, ['warning[restart-by-hand] home']],
    ['worker-removal', 2, ['blocked[node-removed] talos-worker-2 (remove:talos-worker-2)']],
    [
      'control-plane-replacement',
      2,
      [
        'blocked[identity-changed] talos-control-2 (replace:talos-control-2)',
        'blocked[vm-protection] talos-control-2',
      ],
    ],
    ['data-disk-removal', 2, ['blocked[disk-removed] talos-worker-3 (disks:talos-worker-3)']],
    [
      'shrink',
      2,
      ['talos-worker-1', 'talos-worker-2', 'talos-worker-3'].map((name) => `blocked[disk-shrunk] ${name}`),
    ],
    [
      'rename',
      2,
      ['blocked[vmid-unique] talos-big-2', 'blocked[node-removed] talos-worker-2 (remove:talos-worker-2)'],
    ],
    ['other-server', 2, ['blocked[identity-changed] talos-control-2 (replace:talos-control-2)']],
    ['other-mac', 2, ['blocked[identity-changed] talos-worker-1 (replace:talos-worker-1)']],
    [
      'other-storage',
      2,
      [
        'blocked[disk-moved] talos-worker-1',
        'blocked[disk-moved] talos-worker-3',
        'warning[restart-by-hand] home',
      ],
    ],
    ['control-planes-restart', 2, ['blocked[reboot-on-update] home (quorum:home)']],
  ])('%s ends with code %i', (name, code, findings) => {
    const review = reviewOf(name);
    expect(brief(review)).toEqual(findings);
    expect(reviewExitCode(review)).toBe(code);
  });

  it('says what changes in the words of the definition, and what it does', () => {
    const [, , third] = reviewOf('grow').nodes;
    expect(third).toEqual({
      name: 'talos-worker-3',
      role: 'worker',
      server: 'pve1',
      address: 'proxmox_virtual_environment_vm.talos-worker-3',
      vmid: 1102,
      action: 'update',
      level: 'medium',
      power: 'later',
      changes: [
        { what: 'cores', from: '8', to: '12', effect: 'restart' },
        { what: 'memory', from: '32 GB', to: '64 GB', effect: 'restart' },
      ],
      reasons: [],
      data: [],
      cores: { from: 8, to: 12 },
      mb: { from: 32768, to: 65536 },
      origin: '',
    });
  });

  it('says which disks go with a VM, and what is down meanwhile', () => {
    const { nodes, untouched, loads, outputs } = reviewOf('worker-removal');
    expect(nodes).toHaveLength(1);
    expect(untouched).toBe(5);
    expect(nodes[0]).toMatchObject({
      role: 'worker',
      action: 'remove',
      level: 'high',
      power: 'stops',
      data: [
        { disk: 'scsi0', gb: 100, storage: 'local-zfs', what: 'destroyed' },
        { disk: 'scsi1', gb: 200, storage: 'nvme', what: 'destroyed' },
      ],
    });
    expect(loads[0]).toEqual({
      server: 'pve2',
      cores: { from: 16, to: 8, down: 8 },
      mb: { from: 32768, to: 16384, down: 16384 },
    });
    expect(outputs).toContain('machine_inventory');
  });

  it('passes with what is named, and only with that', () => {
    expect(reviewExitCode(reviewOf('worker-removal', 'remove:talos-worker-1'))).toBe(2);
    const review = reviewOf('worker-removal', 'remove:talos-worker-2');
    expect(brief(review)).toEqual(['allowed[node-removed] talos-worker-2 (remove:talos-worker-2)']);
    expect(review.verdict).toBe('allowed');
    // What cannot work is not let pass by any flag.
    expect(reviewExitCode(reviewOf('control-plane-replacement', 'replace:talos-control-2'))).toBe(2);
    expect(reviewExitCode(reviewOf('shrink', 'disks:talos-worker-1'))).toBe(2);
  });
});

describe('a VM', () => {
  it('restarts only where Terraform may restart it, and where it runs', () => {
    const power = (edit: (resource: Resource) => void) =>
      edited('grow', 'talos-worker-1', edit).nodes[0]?.power;
    expect(power((one) => (after(one)['reboot_after_update'] = true))).toBe('restarts');
    expect(power((one) => (after(one)['reboot_after_update'] = false))).toBe('later');
    expect(power((one) => (after(one)['started'] = false))).toBe('stops');
    expect(
      power((one) => {
        before(one)['started'] = false;
        after(one)['started'] = false;
      }),
    ).toBe('keeps');
  });

  it.each<[string, (values: Values) => void, string, string]>([
    ['tags', (values) => (values['tags'] = ['mine']), 'tags', 'hot'],
    ['boot order', (values) => (values['boot_order'] = ['ide2']), 'boot order', 'restart'],
    ['BIOS', (values) => (values['bios'] = 'seabios'), 'BIOS', 'restart'],
    [
      'an argument that nobody has met before',
      (values) => (values['tablet_device'] = false),
      'tablet_device',
      'restart',
    ],
    ['state only', (values) => (values['stop_on_destroy'] = false), 'stop on destroy', 'state'],
    ['NIC', (values) => ((values['network_device'] as unknown[])[1] = NIC), 'net1', 'hot'],
    ['GPU', (values) => (values['hostpci'] = [{ mapping: 'gpu0' }]), 'GPU mappings', 'restart'],
  ])('%s', (_, edit, what, effect) => {
    const { nodes } = edited('other-mac', 'talos-worker-1', (one) => edit(after(one)));
    expect(nodes[0]?.changes.filter((change) => change.what !== 'MAC of net0')).toMatchObject([
      { what, effect },
    ]);
  });

  const NIC = { mac_address: 'BC:24:11:00:00:09', bridge: 'vmbr7' };

  it('does not change where the provider reads back another kind of nothing', () => {
    const review = edited('other-mac', 'talos-worker-1', (one) => {
      Object.assign(after(one), {
        hook_script_file_id: null,
        usb: null,
        network_device: before(one)['network_device'],
      });
    });
    expect(review.nodes[0]?.changes).toEqual([]);
  });

  it('keeps its secrets', () => {
    const review = edited('grow', 'talos-worker-1', (one) => {
      after(one)['description'] = 'hunter2';
      (after(one)['disk'] as Values[])[1] = { interface: 'scsi1', size: 9, serial: 'hunter2' };
      one.change.after_sensitive = { description: true, disk: [{}, { serial: true }] };
    });
    expect(JSON.stringify(review)).not.toContain('hunter2');
    expect(review.nodes[0]?.changes).toContainEqual(
      expect.objectContaining({ what: 'description', to: '(sensitive)' }),
    );
  });

  it('may be imported, moved or left behind', () => {
    const imported = edited('grow', 'talos-worker-1', (one) => (one.change.importing = { id: 'pve1/1100' }));
    expect(brief(imported)).toContain('blocked[live-identity-taken] talos-worker-1 (adopt:talos-worker-1)');
    const moved = edited('nothing', 'talos-worker-1', (one) => (one.previous_address = 'old.address'));
    expect(moved.nodes).toMatchObject([{ action: 'move', level: 'low', origin: 'old.address' }]);
    const forgotten = edited('worker-removal', 'talos-worker-2', (one) => (one.change.actions = ['forget']));
    expect(forgotten.nodes).toMatchObject([{ action: 'forget', level: 'medium', data: [] }]);
  });

  it('that failed to start is made anew, with the reason', () => {
    const review = edited('control-plane-replacement', 'talos-control-2', (one) => {
      one.action_reason = 'replace_because_tainted';
      one.change.replace_paths = [];
    });
    expect(review.nodes[0]?.reasons).toEqual(['the last apply failed while it was made']);
    expect(brief(review)[0]).toBe('blocked[node-replaced] talos-control-2 (replace:talos-control-2)');
  });

  it('that is gone from its server is told apart from a new one', () => {
    const plan = editedPlan('nothing', 'talos-worker-3', toCreate);
    plan.resource_drift = planOf('drift').resource_drift.filter(({ name }) => name === 'talos-worker-3');
    const review = reviewPlan(plan, clusterOf('nothing'));
    expect(review.nodes).toMatchObject([{ action: 'lost', level: 'high', server: 'pve1', vmid: 1102 }]);
    expect(brief(review)).toEqual(['warning[live-identity-taken] talos-worker-3']);
  });

  it('that only the outputs name was never made: the apply that wrote them ended before', () => {
    const plan = planOf('nothing');
    plan.resource_changes.filter(({ type }) => type === VM).forEach(toCreate);
    const review = reviewPlan(plan, clusterOf('nothing'));
    expect(review.nodes.map(({ action }) => action)).toEqual(Array(6).fill('create'));
    expect(review.quorum).toEqual({ members: 0, needed: 0, down: [], kept: true });
    expect(review).toMatchObject({ verdict: 'safe', findings: [] });
  });

  it('is where the state says, whatever the outputs of an apply that ended half-way say', () => {
    const plan = planOf('worker-removal');
    const inventory = plan.output_changes['machine_inventory']?.before as Record<string, Values>;
    Object.assign(inventory['talos-worker-2'] ?? {}, { proxmox_server: 'pve1' });
    expect(reviewPlan(plan, clusterOf('worker-removal')).nodes).toMatchObject([{ server: 'pve2' }]);
  });

  const toCreate = ({ change }: Resource): void => {
    change.actions = ['create'];
    change.before = null;
  };
});

describe('quorum', () => {
  const removing = (...names: readonly string[]): Review => {
    const plan = planOf('nothing');
    for (const one of plan.resource_changes.filter(({ name }) => names.includes(name)))
      one.change.actions = ['delete'];
    return reviewPlan(plan, clusterOf('nothing'));
  };

  it('is kept without one of three, and lost without two', () => {
    expect(removing('talos-control-1').quorum).toEqual({
      members: 3,
      needed: 2,
      down: ['talos-control-1'],
      kept: true,
    });
    const lost = removing('talos-control-1', 'talos-control-3');
    expect(lost.quorum).toMatchObject({ kept: false });
    expect(brief(lost)).toContain('blocked[quorum-lost] home (quorum:home)');
  });

  it('counts a parked control plane as missing', () => {
    const plan = planOf('nothing');
    const find = (name: string) => plan.resource_changes.find((one) => one.name === name);
    Object.assign(find('talos-control-3')?.change.before as Values, { started: false });
    Object.assign(find('talos-control-1')?.change ?? {}, { actions: ['delete'] });
    expect(reviewPlan(plan, clusterOf('nothing')).quorum).toMatchObject({ kept: false });
  });

  it('of workers is no matter, but their capacity is', () => {
    const review = removing('talos-worker-1', 'talos-worker-3');
    expect(review.quorum).toMatchObject({ down: [], kept: true });
    expect(review.findings.at(-1)?.message).toBe(
      '2 workers with 75 % of the memory of all workers go down at once; their pods will not fit elsewhere',
    );
  });
});

describe('a plan', () => {
  it('may change outputs only', () => {
    const plan = planOf('nothing');
    plan.resource_changes = [];
    plan.output_changes['omnictl_ready'] = { actions: ['update'] };
    expect(reviewPlan(plan, clusterOf('nothing'))).toMatchObject({
      verdict: 'safe',
      outputs: ['omnictl_ready'],
    });
  });
});

describe('another resource', () => {
  const removed = (type: string, values: Values, use: Values = {}): Review => {
    const plan = planOf('nothing');
    Object.assign(plan.resource_changes.at(-1)?.change.after as Values, use);
    plan.resource_changes.push({
      address: `${type}.x`,
      mode: 'managed',
      type,
      name: 'x',
      change: { actions: ['delete'], before: values, after: null },
    });
    return reviewPlan(plan, clusterOf('nothing'));
  };

  it.each<[string, string, Values, Values, string[]]>([
    [
      'a mapping in use',
      'proxmox_hardware_mapping_pci',
      { name: 'gpu0' },
      { hostpci: [{ mapping: 'gpu0' }] },
      ['blocked[gpu-mapping-missing] gpu0 (remove:gpu0)'],
    ],
    ['a mapping that nobody uses', 'proxmox_hardware_mapping_pci', { name: 'gpu0' }, {}, []],
    [
      'a pool in use',
      'proxmox_virtual_environment_pool',
      { pool_id: 'lab' },
      { pool_id: 'lab' },
      ['blocked[pool-in-use] lab (remove:lab)'],
    ],
    [
      'one that is not ours',
      'proxmox_virtual_environment_file',
      {},
      {},
      [
        'blocked[resource-removed] proxmox_virtual_environment_file.x (remove:proxmox_virtual_environment_file.x)',
      ],
    ],
    ['a command', 'null_resource', {}, {}, []],
  ])('%s', (_, type, values, use, findings) => {
    expect(brief(removed(type, values, use))).toEqual(findings);
  });

  it('never shows an address, which may hold a token', () => {
    expect(JSON.stringify(reviewOf('image-bump').others)).not.toContain('https://');
  });
});

describe('refusals of the guards', () => {
  const refused = (...refusals: readonly string[]): Review =>
    reviewPlan(planOf('worker-removal'), clusterOf('worker-removal'), { refusals });

  it('block also where nothing would change', () => {
    const text =
      'Image talos.iso on node pve1 was downloaded from another address. [image-changed talos.iso]';
    const review = reviewPlan(planOf('nothing'), clusterOf('nothing'), { refusals: [text] });
    expect(brief(review)).toEqual(['blocked[image-changed] talos.iso']);
    expect({ code: reviewExitCode(review), headline: headline(review) }).toEqual({
      code: 2,
      headline: 'nothing changes',
    });
  });

  it('become findings where no plan shows the reason', () => {
    const text = `VM 1101 on node pve1 is called "database", not "w-1": Terraform would take it over. Give w-1 a free vm_id. [live-identity-taken adopt:w-1] To take it over knowingly: -var 'allow=["adopt:w-1"]'`;
    expect(refused(text).findings[1]).toEqual({
      severity: 'blocked',
      rule: 'live-identity-taken',
      subject: 'w-1',
      message:
        'VM 1101 on node pve1 is called "database", not "w-1": Terraform would take it over. Give w-1 a free vm_id',
      allow: 'adopt:w-1',
    });
  });

  it.each([
    ['Terraform', 'Resource proxmox_virtual_environment_vm.cp-1 has lifecycle.prevent_destroy set, but …'],
    ['OpenTofu', 'Resource instance proxmox_virtual_environment_vm.cp-1 has prevent_destroy set, but …'],
  ])('name the node that %s must not destroy', (_, text) => {
    expect(brief(refused(text))[0]).toBe('blocked[guard] cp-1');
  });

  it('are left out where a finding says the same', () => {
    expect(
      brief(
        refused(
          `… [node-removed remove:talos-worker-2] To remove it knowingly: -var 'allow=["remove:talos-worker-2"]'`,
        ),
      ),
    ).toEqual(['blocked[node-removed] talos-worker-2 (remove:talos-worker-2)']);
  });
});

describe('drift', () => {
  it('is what differs in fact, though the provider lists every VM', () => {
    const plan = planOf('drift');
    expect(plan.resource_drift).toHaveLength(6);
    const drift = reviewDrift(plan, clusterOf('nothing'));
    expect(driftExitCode(drift)).toBe(2);
    expect(driftLines(drift)).toEqual([
      'home: 3 differences on the servers',
      '  ~ talos-control-1 (control plane on pve1)',
      '      cores 4 → 16',
      '      tags control-plane, home, talos, terraform-managed → mine',
      '  ~ talos-worker-1 (worker on pve1)',
      '      running yes → no',
      '  - talos-worker-3 (worker on pve1): no longer there',
      'npm run review -- home says what the next apply makes of it.',
    ]);
  });

  it('is in doubt where the definition has put the node elsewhere', () => {
    const plan = planOf('drift');
    const gone = plan.resource_drift.find(({ name }) => name === 'talos-worker-3');
    Object.assign(gone ?? {}, { name: 'talos-control-2' });
    Object.assign(gone?.change.before as Values, { name: 'talos-control-2', node_name: 'minipc' });
    expect(driftLines(reviewDrift(plan, clusterOf('other-server')))).toContain(
      '      looked for on pve1, where the definition has it now; it was made on pve2',
    );
  });

  it('is none where nothing differs', () => {
    const drift = reviewDrift(planOf('nothing'), clusterOf('nothing'));
    expect(driftLines(drift)).toEqual(['home: no drift since the last apply']);
    expect(driftExitCode(drift)).toBe(0);
  });
});

describe('what a person allows', () => {
  it('has a word and a name', () => {
    expect(allowProblem('remove:worker-3')).toBeUndefined();
    expect(allowProblem('destroy:worker-3')).toBe(
      '"destroy:worker-3" allows nothing; write adopt, disks, offline, remove, replace, quorum and a name, e.g. remove:worker-3',
    );
    expect(allowProblem('remove:')).toBeDefined();
  });

  it('goes to Terraform as far as its guards know the word', () => {
    expect(terraformAllow(['remove:a', 'quorum:home', 'disks:b'])).toBe('["remove:a","disks:b"]');
  });
});

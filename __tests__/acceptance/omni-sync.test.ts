import { writeFileSync } from 'node:fs';
import {
  describeOmni,
  eventually,
  linesOf,
  machine,
  machineId,
  machines,
  omniWith,
  sync,
  template,
} from '../testing/omni';

describeOmni('sync', () => {
  it('makes a cluster that turns healthy, and then has nothing to do', async () => {
    const omni = await omniWith({ machines: machines(3) });
    const file = template({ extensions: ['siderolabs/qemu-guest-agent'] });

    const first = await sync(omni, file);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(linesOf(first)).toEqual([
      'creating Clusters(homelab)',
      'creating ExtensionsConfigurations(schematic-homelab)',
      'creating MachineSetNodes(11111111-1111-4111-8111-000000000001)',
      'creating MachineSetNodes(11111111-1111-4111-8111-000000000002)',
      'creating MachineSetNodes(11111111-1111-4111-8111-000000000003)',
      'creating MachineSets(homelab-control-planes)',
      'creating MachineSets(homelab-workers)',
    ]);
    const status = await omni.omnictl(['cluster', 'template', 'status', '-f', file, '-w', '20s']);
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('Cluster "homelab" RUNNING Ready (3/3) (healthy/total)');

    expect(await sync(omni, file)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const [controlPlane] = await omni.resources('MachineStatuses');
    expect(controlPlane?.spec).toMatchObject({ cluster: 'homelab', role: 1, maintenance: false });
    expect(controlPlane?.labels).toHaveProperty(['omni.sidero.dev/cluster'], 'homelab');
    expect(controlPlane?.labels).not.toHaveProperty(['omni.sidero.dev/available']);
  });

  it('removes a node that the template has no more, and gives its machine back', async () => {
    const omni = await omniWith({ machines: machines(3) });
    await sync(omni, template());
    expect(linesOf(await sync(omni, template({ workers: [2] })))).toEqual([
      `destroyed MachineSetNodes(${machineId(3)})`,
      `tearing down MachineSetNodes(${machineId(3)})`,
    ]);
    expect((await omni.resources('MachineSetNodes')).map(({ id }) => id)).toEqual([1, 2].map(machineId));
    await eventually(async () => {
      const freed = (await omni.resources('MachineStatuses'))[2];
      expect(freed).toMatchObject({ spec: { cluster: '', maintenance: true } });
    });
  });

  it('names a dropped set and not its nodes, which go with it', async () => {
    const omni = await omniWith({ machines: machines(3) });
    await sync(omni, template());
    const without = template({ workers: [] });
    expect(linesOf(await sync(omni, without, '--dry-run'))).toEqual([
      'tearing down (dry run) MachineSets(homelab-workers)',
    ]);
    expect(await omni.resources('MachineSetNodes')).toHaveLength(3);
    expect(linesOf(await sync(omni, without))).toEqual([
      'destroyed MachineSets(homelab-workers)',
      'tearing down MachineSets(homelab-workers)',
    ]);
    expect((await omni.resources('MachineSetNodes')).map(({ id }) => id)).toEqual([machineId(1)]);
  });

  it('frees the node of a disconnected machine at once, which is reset when it is back', async () => {
    const omni = await omniWith({ machines: machines(3) });
    await sync(omni, template());
    await omni.updateMachine(machineId(3), { connected: false });
    expect(await sync(omni, template({ workers: [2] }))).toMatchObject({ code: 0 });
    expect(await omni.resources('MachineSetNodes')).toHaveLength(2);
    const left = (await omni.resources('MachineStatuses'))[2];
    expect(left).toMatchObject({ spec: { cluster: 'homelab' } });
    await omni.updateMachine(machineId(3), { connected: true });
    await eventually(async () => {
      const freed = (await omni.resources('MachineStatuses'))[2];
      expect(freed).toMatchObject({ spec: { cluster: '', maintenance: true } });
    });
  });

  it('deletes the config patches of a machine that leaves itself, for which omnictl waits in vain', async () => {
    const omni = await omniWith({ machines: machines(3) });
    const rest = [{ kind: 'Machine', name: machineId(3), install: { disk: '/dev/sda' } }];
    let hung = 0;
    for (let n = 0; n < 10; n++) {
      await sync(omni, template({ rest }));
      const args = ['cluster', 'template', 'sync', '-f', template({ workers: [2] })];
      const { code, timedOut, stderr } = await omni.omnictl(args, { timeout: 2500 });
      if (timedOut) hung++;
      else if (code !== 0) expect(stderr).toMatch(/resource ConfigPatches\S+ is not in phase running/);
      expect(await omni.resources('MachineSetNodes')).toHaveLength(2);
    }
    expect(hung).toBeGreaterThan(0);
  });

  it('stops at the first refusal, leaves what it has made, and a repaired template goes on from there', async () => {
    const omni = await omniWith({ machines: machines(3) });
    const refused = await sync(omni, template({ extensions: ['siderolabs/invented'] }));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'extension "siderolabs/invented" (entry 0) is not available for Talos version "1.11.5"',
    );
    const done = (await omni.writes()).filter(({ error }) => error === '');
    expect(done.map(({ type, id }) => `${type}(${id})`)).toEqual(['Clusters(homelab)']);
    const repaired = await sync(omni, template({ extensions: ['siderolabs/iscsi-tools'] }));
    expect(repaired.code).toBe(0);
    expect(linesOf(repaired)).not.toContain('creating Clusters(homelab)');
  });

  it('moves the patches of a machine of another cluster, and only then is refused', async () => {
    const omni = await omniWith({ machines: machines(3) });
    const patch = { kind: 'Machine', name: machineId(2), install: { disk: '/dev/sda' } };
    await sync(omni, template({ rest: [patch] }));
    const other = await sync(
      omni,
      template({ name: 'other', controlPlanes: [2], workers: [], rest: [patch] }),
    );
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      'changing value of label "omni.sidero.dev/cluster" from "homelab" to "other"',
    );
    const patches = await omni.resources('ConfigPatches', 'other');
    expect(patches.map(({ id }) => id)).toEqual([`000-cm-${machineId(2)}-install-disk`]);
  });

  it('adds and removes nothing in a locked cluster', async () => {
    const omni = await omniWith({ machines: machines(3) });
    await sync(omni, template({ workers: [2] }));
    expect(await omni.omnictl(['cluster', 'lock', 'homelab'])).toMatchObject({ code: 0 });
    const adding = await sync(omni, template());
    expect(adding.stderr).toContain(
      'adding machine set node to the machine set "homelab-workers" is not allowed: the cluster "homelab" is locked',
    );
    const removing = await omni.omnictl(['delete', 'machinesetnode', machineId(2)]);
    expect(removing.stderr).toContain(
      'removing machine set node from the machine set "homelab-workers" is not allowed: the cluster "homelab" is locked',
    );
    // A sync that only removes takes the lock off first: omnictl sends the cluster without that annotation.
    expect(
      linesOf(await sync(omni, template({ workers: [], rest: [{ kind: 'Workers', machines: [] }] }))),
    ).toEqual([
      `destroyed MachineSetNodes(${machineId(2)})`,
      `tearing down MachineSetNodes(${machineId(2)})`,
      'updating Clusters(homelab)',
    ]);
    expect(await sync(omni, template())).toMatchObject({ code: 0 });
  });

  it('refuses to remove or to forget what is locked', async () => {
    const omni = await omniWith({ machines: machines(3) });
    await sync(omni, template());
    await omni.omnictl(['cluster', 'machine', 'lock', machineId(3)]);
    const removing = await sync(omni, template({ workers: [2] }));
    expect(removing.stderr).toContain(
      'removing machine set node from the machine set "homelab-workers" is not allowed: machine set node is locked',
    );
    await omni.omnictl(['cluster', 'lock', 'homelab']);
    const deleting = await omni.omnictl(['cluster', 'delete', 'homelab']);
    expect(deleting.stderr).toContain('deletion is not allowed: the cluster "homelab" is locked');
  });

  it.each([
    [
      'a jump of Kubernetes',
      { kubernetes: 'v1.31.4' },
      'kubernetes version is not supported for upgrade to "1.31.4" from "1.33.4"',
    ],
    [
      'other disk encryption',
      { features: { diskEncryption: true } },
      'updating disk encryption settings is not allowed',
    ],
    [
      'backups that are too frequent',
      { features: { backupConfiguration: { interval: '1m' } } },
      'backup interval must be greater than 1h0m0s, actual 1m0s',
    ],
  ])('refuses %s', async (_what, options, text) => {
    const omni = await omniWith({ machines: machines(3) });
    await sync(omni, template());
    const { code, stderr } = await sync(omni, template(options));
    expect(code).toBe(1);
    expect(stderr).toContain(text);
  });

  it('is followed by a deletion that takes everything along', async () => {
    const omni = await omniWith({ machines: machines(3) });
    const file = template({ rest: [{ kind: 'Machine', name: machineId(1), install: { disk: '/dev/sda' } }] });
    await sync(omni, file);
    const deleted = await omni.omnictl(['cluster', 'template', 'delete', '-f', file]);
    expect(linesOf(deleted)).toEqual(['destroyed Clusters(homelab)', 'tearing down Clusters(homelab)']);
    for (const type of ['Clusters', 'MachineSets', 'MachineSetNodes', 'ConfigPatches', 'ClusterStatuses']) {
      expect(await omni.resources(type)).toEqual([]);
    }
  });
});

describeOmni('what the server refuses', () => {
  it.each([
    ['an unknown Talos', { talos: 'v1.99.0' }, 'invalid talos version "1.99.0": '],
    [
      'a Kubernetes that does not fit',
      { kubernetes: 'v1.36.1' },
      'invalid kubernetes version "1.36.1": is not compatible with talos version "1.11.5"',
    ],
    [
      'an extension twice',
      { extensions: ['siderolabs/nfsd', 'siderolabs/nfsd'] },
      'extension "siderolabs/nfsd" (entry 1) is listed more than once',
    ],
    [
      'a newer machine',
      { workers: [4] },
      'cannot add machine set node to the cluster homelab as it will trigger Talos downgrade on the node (1.12.2 -> 1.11.5)',
    ],
    [
      'an older machine without an installation',
      { workers: [5] },
      'machines which are running Talos without installation can be added only to Talos clusters with the same major and minor versions',
    ],
  ])('%s', async (_what, options, text) => {
    const omni = await omniWith({
      machines: [...machines(3), machine(4, { talos: 'v1.12.2' }), machine(5, { talos: 'v1.10.1' })],
    });
    const { code, stderr } = await sync(omni, template(options));
    expect(code).toBe(1);
    expect(stderr).toContain(
      'rpc error: code = InvalidArgument desc = failed to validate: 1 error occurred:',
    );
    expect(stderr).toContain(text);
  });

  it('a Talos below the one that the cluster was born with', async () => {
    const omni = await omniWith({ machines: [machine(1, { talos: 'v1.12.0' })] });
    await sync(omni, template({ talos: 'v1.12.0', workers: [] }));
    const { stderr } = await sync(omni, template({ workers: [] }));
    expect(stderr).toContain('downgrading from version "1.12.0" to "1.11.5" is not supported');
  });

  it('a forbidden patch, and a class of an unknown provider', async () => {
    const omni = await omniWith();
    const apply = async (resource: object) => {
      const file = template({ name: 'unused', rest: [] });
      writeFileSync(file, JSON.stringify(resource));
      return omni.omnictl(['apply', '-f', file]);
    };
    const metadata = (type: string) => ({ namespace: 'default', type: `${type}.omni.sidero.dev`, id: 'x' });
    const patch = await apply({
      metadata: metadata('ConfigPatches'),
      spec: { data: 'machine:\n  token: x\n' },
    });
    expect(patch.stderr).toContain('overriding "machine.token" is not allowed in the config patch');
    const provision = {
      providerid: 'proxmox',
      kernelargs: [],
      metavalues: [],
      grpctunnel: 0,
      providerdata: '',
    };
    const wanted = await apply({ metadata: metadata('MachineClasses'), spec: { autoprovision: provision } });
    expect(wanted.stderr).toContain('failed to get provider: ');
    const byLabels = { matchlabels: ['omni.sidero.dev/arch = amd64'] };
    expect(await apply({ metadata: metadata('MachineClasses'), spec: byLabels })).toMatchObject({ code: 0 });
    expect(await omni.resources('MachineClasses')).toMatchObject([{ id: 'x', spec: byLabels }]);
  });
});

describeOmni('what the server accepts', () => {
  it.each([
    ['a machine that does not exist', { workers: [99] }],
    ['an empty control plane', { controlPlanes: [] }],
    ['an even control plane', { controlPlanes: [1, 2], workers: [] }],
  ])('%s, though the cluster is never healthy or not what was meant', async (_what, options) => {
    const omni = await omniWith({ machines: machines(3) });
    expect(await sync(omni, template(options))).toMatchObject({ code: 0 });
  });
});

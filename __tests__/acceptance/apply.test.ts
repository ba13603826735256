/** `npm run apply` as a child, with the real omnictl, against a simulated Omni. Numbers: scenarios of the Omni lane. */
import { BASE } from '../testing/inventory';
import { describeOmni, eventually, linesOf } from '../testing/omni';
import { Operator } from '../testing/operator';

const ALL = ['cp-1', 'cp-2', 'cp-3', 'gpu-1', 'worker-1'];

describeOmni('apply', () => {
  it('1, D22: makes the cluster and waits until it is healthy; the second run changes nothing and says so', async () => {
    const operator = await Operator.with();
    const { stdout, stderr } = await operator.rollOut();
    expect(stdout).toContain('- cluster home is created, with Talos v1.11.5 and Kubernetes v1.34.1\n');
    expect(stdout).toContain('- 3 machines join home-control-planes: cp-1, cp-2, cp-3\n');
    expect(stderr).toMatch(/RUNNING Ready \(5\/5\)[\s\S]*home: applied; 5 machines ready\n$/);
    expect(await operator.members()).toEqual(ALL);

    const writes = await operator.omni.writes();
    const again = await operator.apply();
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toMatch(/^home: unchanged\n/);
    expect(await operator.omni.writes()).toEqual(writes);
  });

  it('--dry-run stops before it changes anything; with --detailed-exitcode differences are 2', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    expect((await operator.apply(['--dry-run'], operator.reader)).code).toBe(0);
    const detailed = await operator.apply(['--dry-run', '--detailed-exitcode'], operator.reader);
    expect(detailed.code).toBe(2);
    expect(detailed.stdout).toContain('+++ Clusters.omni.sidero.dev(default/home)');
    expect(await operator.omni.writes()).toEqual([]);

    await operator.rollOut();
    expect((await operator.apply(['--dry-run', '--detailed-exitcode'])).code).toBe(0);
    expect((await operator.apply(['--detailed-exitcode'])).stderr).toContain(
      '--detailed-exitcode needs --dry-run',
    );
  });

  it('D3: shows every change that omnictl would make, and relays its lines', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    const dry = await operator.omni.omnictl([
      ...['cluster', 'template', 'sync', '--dry-run', '-f', operator.templateFile],
    ]);
    const resources = linesOf(dry).map((line) => line.replace('creating (dry run) ', ''));
    expect(resources.length).toBeGreaterThan(20);
    const { stdout } = await operator.apply(['--dry-run']);
    const shown = [...stdout.matchAll(/^\+\+\+ (\w+)\.omni\.sidero\.dev\(default\/(.*)\)$/gm)];
    expect(shown.map(([, type, id]) => `${type}(${id})`).sort()).toEqual(resources);
    const { stderr } = await operator.apply(['--auto-approve']);
    expect(stderr).toMatch(/^creating MachineSetNodes\(\S+\) worker-1$/m);
    for (const resource of resources) expect(`\n${stderr}`).toContain(`\ncreating ${resource}`);
  });

  it('asks, and takes no answer for no', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    const { code, stderr } = await operator.apply();
    expect(code).toBe(1);
    expect(stderr).toContain('error: not confirmed: there is no terminal to ask on; give --auto-approve\n');
    expect(await operator.omni.writes()).toEqual([]);
  });

  it('3, D2, D17: refuses while a machine is absent, and says who', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.omni.removeMachine(operator.id('worker-1'));
    await eventually(async () => expect(await operator.omni.resources('MachineStatuses')).toHaveLength(4));
    const writes = await operator.omni.writes();
    const { code, stderr } = await operator.apply(['--auto-approve']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error\[live-omni-missing\] worker-1: .*BC:24:11:02:00:00.*on pve1/);
    expect(await operator.omni.writes()).toEqual(writes);
  });
});

describeOmni('apply, as a cluster changes', () => {
  it('11: removes exactly the node that is named, and adds one', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.edit((document) =>
      document.addIn(['workers'], document.createNode({ name: 'worker-2', ip_address: '192.168.10.111' })),
    );
    await operator.join();
    expect((await operator.rollOut()).stdout).toContain('- 1 machine joins home-workers: worker-2\n');
    await operator.drop('workers', 'worker-1');
    await operator.generate();
    const { code, stdout } = await operator.apply(['--auto-approve', '--remove', 'worker-1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/- worker-1 leaves home-workers: Omni resets the machine \S+\n$/);
    expect(await operator.members()).toEqual(['cp-1', 'cp-2', 'cp-3', 'gpu-1', 'worker-2']);
    // The same command again, as after a kill, has nothing to do.
    const again = await operator.apply(['--auto-approve', '--remove', 'worker-1']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain(
      'warning[live-omni-removal] worker-1: is named with --remove and is not in the cluster',
    );
  });

  it('removes control planes one at a time, and has new ones in before', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.edit((document) => {
      for (const n of [4, 5]) {
        const node = { name: `cp-${n}`, ip_address: `192.168.10.${99 + n}` };
        document.addIn(['control_planes'], document.createNode(node));
      }
    });
    for (const name of ['cp-1', 'cp-2']) await operator.drop('control_planes', name);
    await operator.join();
    expect(await operator.discover()).toMatchObject({ code: 0 });
    expect(await operator.generate()).toMatchObject({ code: 0 });
    const { code, stderr } = await operator.apply(['--auto-approve', '--remove', 'cp-1', '--remove', 'cp-2']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr.match(/^step .*$/gm)).toEqual([
      'step 1 of 3: new control planes join',
      expect.stringMatching(/^step 2 of 3: control plane cp-[12] leaves$/),
      expect.stringMatching(/^step 3 of 3: control plane cp-[12] leaves$/),
    ]);
    expect(await operator.members()).toEqual(['cp-3', 'cp-4', 'cp-5', 'gpu-1', 'worker-1']);
    // Until it left, a machine kept its machine configuration: no patch was changed.
    expect(stderr).not.toContain('updating ConfigPatches');
  });

  it('refuses to take a control plane that etcd needs, and takes the dead one', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.omni.updateMachine(operator.id('cp-2'), { connected: false });
    await eventually(async () => {
      const statuses = await operator.omni.resources('ClusterMachineStatuses', 'home');
      expect(statuses.find(({ id }) => id === operator.id('cp-2'))?.spec['ready']).toBe(false);
    });
    await operator.drop('control_planes', 'cp-1');
    await operator.drop('control_planes', 'cp-3');
    await operator.generate();
    const refused = await operator.apply(['--auto-approve', '--remove', 'cp-1', '--remove', 'cp-3']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /error\[live-omni-quorum\] cp-[13]: must not leave the control planes now: 1 of 2 would be healthy, and etcd needs 2; /,
    );
    expect(await operator.members()).toEqual(ALL);
  });

  it('16: gives up a sync that hangs, and goes on from there', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.drop('workers', 'worker-1');
    await operator.generate();
    await operator.omni.fault({ hangAfterWrites: 0 });
    const args = ['--auto-approve', '--remove', 'worker-1', '--timeout', '4s'];
    const { code, stderr } = await operator.apply(args);
    expect(code).toBe(1);
    expect(stderr).toContain('error: home: the sync did not finish within 4s\n');
    expect(stderr).toContain('not certain: tearing down MachineSets(home-workers)\n');

    await operator.omni.fault({});
    expect(await operator.apply(args)).toMatchObject({ code: 0 });
    expect(await operator.members()).toEqual(['cp-1', 'cp-2', 'cp-3', 'gpu-1']);
  });

  it('does not wait with omnictl for config patches that Omni has deleted itself', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    for (let n = 0; n < 5; n++) {
      await operator.drop('workers', 'worker-1');
      await operator.generate();
      const removed = await operator.apply(['--auto-approve', '--remove', 'worker-1']);
      expect({ ...removed, n }).toMatchObject({ code: 0 });
      await operator.edit((document) =>
        document.addIn(['workers'], document.createNode({ name: 'worker-1', ip_address: '192.168.10.110' })),
      );
      await operator.rollOut();
    }
  });

  it('has an upgrade on every machine before it says applied', async () => {
    const operator = await Operator.with({}, { readyAfterMs: 600 });
    await operator.rollOut();
    await operator.edit((document) => {
      document.set('talos_version', 'v1.11.6');
      document.setIn(['images', 'talos', 'iso'], 'local:iso/talos-v1.11.6-nocloud-amd64.iso');
    });
    const { stderr } = await operator.rollOut();
    expect(stderr).toContain('waiting: not yet on Talos v1.11.6: ');
    const machines = await operator.omni.resources('MachineStatuses');
    expect(machines.map(({ spec }) => spec['talosversion'])).toEqual(Array(5).fill('v1.11.6'));
  });

  it('keeps the lock of a machine, and says that it gets nothing', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    const id = operator.id('worker-1');
    expect(await operator.omni.omnictl(['cluster', 'machine', 'lock', id])).toMatchObject({ code: 0 });
    await operator.edit((document) =>
      document.setIn(['network_config', 'dns_servers'], ['192.168.10.1', '9.9.9.9']),
    );
    const { stderr } = await operator.rollOut();
    expect(stderr).toContain('warning[live-omni-locked] worker-1: is locked in Omni: it keeps its lock');
    const node = (await operator.omni.resources('MachineSetNodes')).find((one) => one.id === id);
    expect(node?.annotations).toHaveProperty(['omni.sidero.dev/locked']);

    await operator.drop('workers', 'worker-1');
    await operator.generate();
    const refused = await operator.apply(['--auto-approve', '--remove', 'worker-1']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(
      'error[live-omni-locked] worker-1: is locked in Omni, and would leave the cluster; if the reason no longer holds, run omnictl cluster machine unlock ',
    );
  });

  it('does not wait for a machine that no longer exists, if a person says so', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.omni.updateMachine(operator.id('worker-1'), { connected: false });
    await operator.drop('workers', 'worker-1');
    await operator.generate();
    const dry = await operator.apply(['--dry-run', '--remove', 'worker-1']);
    expect(dry.stderr).toMatch(
      /warning\[live-omni-disconnected\] worker-1: is not connected: .* run npm run apply -- home --gone worker-1\n/,
    );
    const removed = await operator.apply(['--auto-approve', '--remove', 'worker-1', '--wait', '2s']);
    expect(removed).toMatchObject({ code: 1 });
    expect(removed.stderr).toContain('error: home: not reset yet: worker-1\n');
    expect(await operator.members()).not.toContain('worker-1');
    const { code, stderr } = await operator.apply(['--auto-approve', '--gone', 'worker-1']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`removing machine ${operator.id('worker-1')} of worker-1 from Omni`);
    expect(await operator.members()).toEqual(['cp-1', 'cp-2', 'cp-3', 'gpu-1']);
    const links = (await operator.omni.writes()).filter(({ type }) => type === 'Links');
    expect(links.map(({ id }) => id)).toContain(operator.id('worker-1'));

    // One that is connected is reset, whatever was said of it.
    await operator.drop('gpu_workers', 'gpu-1');
    await operator.generate();
    expect(await operator.apply(['--auto-approve', '--gone', 'gpu-1'])).toMatchObject({ code: 0 });
    const all = (await operator.omni.resources('Machines')).map(({ id }) => id);
    expect(all).toContain(operator.id('gpu-1'));
  });

  it('17: needs an Operator for changes, and a Reader for none', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    const { code, stderr } = await operator.apply(['--auto-approve'], operator.reader);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'home: error[omni-role] the service account has role Reader, which is not enough for this; to sync it needs role Operator\nnothing was changed\n',
    );
    expect((await operator.omni.writes()).filter(({ error }) => error === '')).toEqual([]);
    await operator.rollOut();
    expect(await operator.apply(['--auto-approve'], operator.reader)).toMatchObject({ code: 0 });
  });

  it('19: tells what a refused sync has done, and goes on from there when it is repaired', async () => {
    const operator = await Operator.with();
    await operator.edit((document) => document.set('system_extensions', ['siderolabs/invented']));
    await operator.discover();
    await operator.generate();
    const refused = await operator.apply(['--auto-approve']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'error[omni-refused] Omni refuses it: extension "siderolabs/invented" (entry 0) is not available for Talos version "1.11.5"',
    );
    expect(refused.stderr).toMatch(/^done before: creating Clusters\(home\)/m);
    expect(refused.stderr).toMatch(/^refused: creating ExtensionsConfigurations/m);
    await operator.edit((document) => document.set('system_extensions', ['siderolabs/iscsi-tools']));
    await operator.generate();
    const repaired = await operator.apply(['--auto-approve']);
    expect(repaired).toMatchObject({ code: 0 });
    expect(repaired.stdout).not.toContain('cluster home is created');
  });

  it('20: tries again while Omni has not loaded its catalogue', async () => {
    const operator = await Operator.with();
    await operator.edit((document) => document.set('system_extensions', ['siderolabs/iscsi-tools']));
    await operator.discover();
    await operator.generate();
    await operator.omni.fault({ noCatalogueMs: 4000 });
    const { code, stderr } = await operator.apply(['--auto-approve']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(
      'catalogue of extensions for Talos 1.11.5 yet, which takes some seconds after a start; trying again\n',
    );
  });

  it('25: ends when the server dies in the middle, and a second run with another server goes on', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    await operator.omni.fault({ exitAfterWrites: 5 });
    const { code, stderr } = await operator.apply(['--auto-approve', '--timeout', '3s', '--wait', '3s']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error\[omni-unreachable\]|the sync did not finish within 3s/);
    expect(stderr).toContain('run the same command again once the cause is fixed');
  });

  it('26: says at the end of its time who is not ready', async () => {
    const operator = await Operator.with({}, { faults: { neverReady: true } });
    await operator.discover();
    await operator.generate();
    const { code, stderr } = await operator.apply(['--auto-approve', '--wait', '2s']);
    expect(code).toBe(1);
    expect(stderr).toContain('error: home: not ready: cp-1, cp-2, cp-3, gpu-1, worker-1\n');
    expect(stderr).toContain('the template is synced; Omni goes on by itself.');
    await operator.omni.fault({});
    expect(await operator.apply()).toMatchObject({ code: 0, stdout: '' });
  });

  it('does not remove a machine that somebody adds while a person reads', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.edit((document) =>
      document.setIn(['workers', 0, 'sysctls'], { 'vm.max_map_count': '262144' }),
    );
    await operator.generate();
    const stranger = '99999999-9999-4999-8999-999999999999';
    await operator.omni.addMachine({ id: stranger, links: [{ mac: '52:54:00:00:00:01' }] });
    await eventually(async () => expect(await operator.omni.resources('MachineStatuses')).toHaveLength(6));
    // The moment between the differences and the sync: the second time that omnictl is asked for members.
    const joins = `omni.sidero.dev/cluster: home, omni.sidero.dev/machine-set: home-workers, omni.sidero.dev/role-worker: ''`;
    const node = `{metadata: {namespace: default, type: MachineSetNodes.omni.sidero.dev, id: ${stranger}, labels: {${joins}}}, spec: {}}`;
    const env = operator.omnictlThat(`
      if [ "$2" = machinesetnodes ] && [ -e asked ]; then echo "${node}" > node.yaml; "$real" apply -f node.yaml >&2; fi
      [ "$2" = machinesetnodes ] && touch asked`);
    const { code, stderr } = await operator.apply(['--auto-approve'], { env });
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain(
      `home: error[live-omni-removal] ${stranger}: has joined home-workers since the changes were shown; run npm run apply again\nnothing changed\n`,
    );
    expect(await operator.members()).toContain(stranger);
  });

  it('27: keeps two clusters apart', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    const text = BASE.replace('cluster_name: home', 'cluster_name: away\nmac_address_prefix: "02:AA:BB"')
      .replaceAll('192.168.10.', '192.168.20.')
      .replaceAll(/name: (\w+-\d)/g, 'name: away-$1');
    const other = await Operator.at(operator.omni, 'away', text);
    await other.rollOut();
    expect(await operator.members()).toEqual(ALL);
    expect(await other.members()).toEqual(ALL.map((name) => `away-${name}`).sort());
    const patches = await operator.omni.resources('ConfigPatches');
    expect(new Set(patches.map(({ id }) => id)).size).toBe(patches.length);
    for (const one of [operator, other]) expect(await one.apply()).toMatchObject({ code: 0, stdout: '' });
  });
});

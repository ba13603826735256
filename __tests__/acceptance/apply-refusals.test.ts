/** What `npm run apply` refuses before it writes anything, though the server would accept most of it. */
import { BASE } from '../testing/inventory';
import { writeFileSync, appendFileSync } from 'node:fs';
import { describeOmni, eventually, machineId, template } from '../testing/omni';
import { Operator } from '../testing/operator';

const STRANGER = '99999999-9999-4999-8999-999999999999';

/** Runs apply with all that a person might say yes to, and expects that nothing is written. */
async function refusal(operator: Operator, args: readonly string[] = []): Promise<string> {
  const writes = await operator.omni.writes();
  const { code, stderr } = await operator.apply(['--auto-approve', ...args]);
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stderr).toMatch(/nothing changed\n$/);
  expect(await operator.omni.writes()).toEqual(writes);
  return stderr;
}

/** Generates with the ids of the definition, where discover would not go so far. */
const generated = async (operator: Operator): Promise<void> => {
  expect(await operator.generate(['--from-definition'])).toMatchObject({ code: 0 });
};

describeOmni('apply refuses', () => {
  it('8: nothing because of a stranger, and never puts it into a set', async () => {
    const operator = await Operator.with();
    await operator.omni.addMachine({ id: STRANGER, links: [{ mac: '52:54:00:00:00:01' }] });
    await operator.rollOut();
    expect((await operator.omni.resources('MachineSetNodes')).map(({ id }) => id)).not.toContain(STRANGER);
  });

  it('4, D17: a MAC on two machines', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.omni.addMachine({ id: STRANGER, links: [{ mac: 'BC:24:11:02:00:00' }] });
    await eventually(async () => expect(await operator.omni.resources('MachineStatuses')).toHaveLength(6));
    expect(await refusal(operator)).toContain('error[live-omni-duplicate-mac] worker-1: ');
  });

  it('10: a machine of another cluster, whose patches stay what they are', async () => {
    const operator = await Operator.with({ 'worker-1': null });
    await operator.omni.addMachine({ id: machineId(1), links: [{ mac: '52:54:00:00:00:01' }] });
    await operator.join({ 'worker-1': { cluster: 'other' } });
    await generated(operator);
    const before = await operator.omni.resources('MachineSetNodes', 'other');
    const told = await refusal(operator);
    expect(told).toMatch(
      /error\[live-omni-foreign\] worker-1: \S+ \(MAC BC:24:11:02:00:00\) is in cluster "other"/,
    );
    expect(await operator.omni.resources('MachineSetNodes', 'other')).toEqual(before);
  });

  it('11, 12, D2, D6: removals that are not named, also when a whole set goes and the dry run of omnictl names no node', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.drop('gpu_workers', 'gpu-1');
    await operator.drop('workers', 'worker-1');
    await operator.generate();
    const dry = await operator.omni.omnictl([
      ...['cluster', 'template', 'sync', '--dry-run', '-f', operator.templateFile],
    ]);
    expect(dry.stdout).not.toContain('MachineSetNodes');

    const told = await refusal(operator, ['--remove', 'worker-1']);
    expect(told).toMatch(
      /error\[live-omni-removal\] gpu-1: is in the cluster \(machine \S+, in home-gpu-workers\)/,
    );
    expect(told).not.toContain('] worker-1: is in the cluster');
    expect(await refusal(operator)).toContain('] worker-1: is in the cluster');
  });

  it('--remove of a node that the template keeps', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    expect(await refusal(operator, ['--remove', 'worker-1'])).toContain(
      'worker-1: is named with --remove, but the template keeps it',
    );
  });

  it('13: a worker that becomes a control plane, and says how to do it', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.edit((document) => {
      // A node keeps its UUID with its name, and its MAC as written.
      document.deleteIn(['workers']);
      for (const name of ['worker-1', 'cp-4'])
        document.addIn(
          ['control_planes'],
          document.createNode({
            name,
            ip_address: `192.168.10.${name === 'cp-4' ? 103 : 110}`,
            ...(name === 'cp-4' ? {} : { index: 4, mac_address: 'BC:24:11:02:00:00' }),
          }),
        );
    });
    await operator.join();
    await operator.discover();
    await operator.generate();
    expect(await refusal(operator)).toMatch(
      /error\[live-omni-set-change\] worker-1: is in machine set home-workers and would be in home-control-planes, .*--remove worker-1, wait until it is free/,
    );
  });

  it('14, D8: an even control plane, which the server would accept', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    await operator.drop('control_planes', 'cp-3');
    for (const command of [operator.generate, operator.apply]) {
      const { code, stderr } = await command(command === operator.apply ? ['--auto-approve'] : []);
      expect(code).toBe(1);
      expect(stderr).toMatch(/error\[control-plane-count\] control_planes: 2 control planes/);
    }
    expect(await operator.omni.writes()).toEqual([]);
  });

  it('15: a Talos minor that cannot join, newer or not installed', async () => {
    const operator = await Operator.with({ 'worker-1': { talos: 'v1.12.2' }, 'gpu-1': { talos: 'v1.10.1' } });
    await generated(operator);
    const told = await refusal(operator);
    expect(told).toMatch(/error\[live-omni-talos-version\] worker-1: .*v1\.12\.2.*v1\.11\.5/);
    expect(told).toMatch(/error\[live-omni-talos-version\] gpu-1: .*v1\.10\.1.*v1\.11\.5/);
  });

  it('a Talos below that of the cluster', async () => {
    const operator = await Operator.with(
      {},
      { text: BASE.replaceAll('v1.11.5', 'v1.12.0'), talos: 'v1.12.0' },
    );
    await operator.rollOut();
    await operator.edit((document) => {
      document.set('talos_version', 'v1.11.5');
      document.set('talos_contract', 'v1.11.5');
      document.setIn(['images', 'talos', 'iso'], 'local:iso/talos-v1.11.5-nocloud-amd64.iso');
    });
    expect(await refusal(operator)).toContain(
      'home: error[live-omni-downgrade] runs Talos v1.12.0, and Omni does not go back to v1.11.5; raise talos_version',
    );
  });

  it('a locked cluster, of which omnictl would take the lock off', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.omni.omnictl(['cluster', 'lock', 'home']);
    await operator.drop('workers', 'worker-1');
    await operator.generate();
    expect(await refusal(operator, ['--remove', 'worker-1'])).toContain('home: error[live-omni-locked]');
  });

  it('22: the loss of a config patch that a person made, until it is named', async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    const file = template({ name: 'unused', rest: [] });
    const labels = { 'omni.sidero.dev/cluster': 'home' };
    const metadata = { namespace: 'default', type: 'ConfigPatches.omni.sidero.dev', id: 'by-hand', labels };
    writeFileSync(file, JSON.stringify({ metadata, spec: { data: 'machine:\n  sysctls:\n    a.b: "1"\n' } }));
    expect(await operator.omni.omnictl(['apply', '-f', file])).toMatchObject({ code: 0 });

    expect(await refusal(operator)).toContain('error[live-omni-patch] by-hand: ');
    const done = await operator.apply(['--auto-approve', '--remove-patch', 'by-hand']);
    expect(done).toMatchObject({ code: 0 });
    const patches = await operator.omni.resources('ConfigPatches', 'home');
    expect(patches.map(({ id }) => id)).not.toContain('by-hand');
  });

  it.each([
    ['there is none', (operator: Operator) => Promise.resolve(operator), 'no such file'],
    [
      'it was changed by hand',
      async (operator: Operator) => {
        await operator.generate();
        appendFileSync(operator.templateFile, '# mine\n');
      },
      'was changed after it was generated',
    ],
    [
      'the definition was changed and applied since',
      async (operator: Operator) => {
        await operator.generate();
        await operator.edit((document) => document.setIn(['workers', 0, 'memory_mb'], 8192 * 2));
        await operator.edit((document) =>
          document.setIn(['workers', 0, 'sysctls'], { 'vm.max_map_count': '262144' }),
        );
      },
      'was made for another inventory',
    ],
    [
      'the definition was changed, but nothing of its VMs',
      async (operator: Operator) => {
        await operator.generate();
        await operator.edit((document) =>
          document.setIn(['workers', 0, 'sysctls'], { 'vm.max_map_count': '262144' }),
        );
      },
      'is not what the definition and the templates say now',
    ],
  ])('a template that is stale: %s', async (_what, prepare, message) => {
    const operator = await Operator.with();
    await operator.discover();
    await prepare(operator);
    expect(await refusal(operator)).toContain(
      `machine-configs/home/cluster-template.yaml: error[template-stale] ${message}; run npm run generate -- home\n`,
    );
  });

  it('a definition that is not applied', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    await operator.edit((document) => document.setIn(['workers', 0, 'memory_mb'], 16384), { applied: false });
    expect(await refusal(operator)).toContain(
      'error[inventory-stale] worker-1: differs from the inventory in memory_mb; apply the stack first',
    );
  });

  it('18, D6: a key that is none, an Omni that is away, and never shows the key', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    const key = 'c2VjcmV0LWtleQ==';
    const bad = await operator.apply(['--auto-approve'], { env: { OMNI_SERVICE_ACCOUNT_KEY: key } });
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.stderr).toContain('home: error[omni-key]');
    expect(bad.stdout + bad.stderr).not.toContain(key);
    const away = await operator.apply(['--auto-approve'], { env: { OMNI_ENDPOINT: 'http://127.0.0.1:9' } });
    expect(away.stderr).toContain('home: error[omni-unreachable] Omni at http://127.0.0.1:9 does not answer');
    const none = await operator.apply(['--auto-approve'], { env: { OMNICTL: '/nowhere/omnictl' } });
    expect(none.stderr).toContain('/nowhere/omnictl is not installed');
  });

  it('21: an Omni of another API generation; another minor is a warning', async () => {
    const operator = await Operator.with();
    await operator.discover();
    await operator.generate();
    await operator.omni.fault({ apiVersion: 3 });
    expect(await refusal(operator)).toContain('error[omni-version] Omni has API version 3 and omnictl has 2');
    await operator.omni.fault({ version: 'v1.10.4' });
    const skewed = await operator.apply(['--auto-approve']);
    expect(skewed.code).toBe(0);
    expect(skewed.stderr.match(/warning: omnictl: .*1\.10\.4/g)).toHaveLength(1);
  });
});

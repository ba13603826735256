/** What a template says besides machines and patches: on the real Omni, by our commands. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from 'yaml';
import type { OmniResource, RealOmni } from '../../simulators/omni';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { BASE } from '../testing/inventory';
import { eventually, machine, machineId } from '../testing/omni';
import { Operator } from '../testing/operator';
import { describeRealOmni, realOmni } from '../testing/real-omni';

jest.setTimeout(300_000);

const PATIENT = ['--wait', '120s', '--timeout', '60s'];
const YES = ['--auto-approve', ...PATIENT];

const CNI = `apiVersion: v1
kind: Namespace
metadata: { name: cni }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: cni }
data: { mode: "0644" }
`;

const CHECK = `apiVersion: batch/v1
kind: Job
metadata: { name: storage }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: check, image: alpine, command: ["true"] }]
`;

const SPARE = [21, 22].map(machineId);

describeRealOmni('a template with all that a definition can say, on a real Omni', () => {
  const omni = realOmni();
  let operator: Operator<RealOmni>;
  const done = (result: RunResult): RunResult => {
    if (result.code !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
    return result;
  };
  const rollOut = async (...args: readonly string[]): Promise<RunResult> => {
    done(await operator.generate());
    return operator.apply([...YES, ...args]);
  };
  const resource = async (type: string, id: string): Promise<OmniResource> => {
    const found = (await omni().resources(type)).find((one) => one.id === id);
    if (!found) throw new Error(`no ${type}(${id})`);
    return found;
  };
  const burst = async (): Promise<string[]> =>
    (await omni().resources('MachineSetNodes'))
      .filter(({ labels }) => labels['omni.sidero.dev/machine-set'] === 'home-burst')
      .map(({ id }) => id);
  const put = async (text: string): Promise<void> => {
    const file = join(operator.folder, 'resources.yaml');
    writeFileSync(file, text);
    done(await omni().omnictl(['apply', '-f', file]));
  };
  const set =
    (path: readonly (string | number)[], value: unknown) =>
    (document: Document): void =>
      document.setIn(path, document.createNode(value));

  beforeAll(async () => {
    operator = await Operator.at(omni(), 'home', BASE);
    mkdirSync(join(operator.folder, 'clusters', 'manifests'), { recursive: true });
    writeFileSync(join(operator.folder, 'clusters', 'manifests', 'cni.yaml'), CNI);
    writeFileSync(join(operator.folder, 'clusters', 'manifests', 'check.yaml'), CHECK);
    await omni().addMachines([21, 22].map((n) => machine(n)));
    await put(
      SPARE.map(
        (id) =>
          `metadata: {namespace: default, type: MachineLabels.omni.sidero.dev, id: ${id}, labels: {spare: "yes"}}\nspec: {}\n---\n`,
      ).join('') +
        'metadata: {namespace: default, type: MachineClasses.omni.sidero.dev, id: spare}\nspec: {matchlabels: ["spare = yes"]}\n',
    );
    await operator.edit((document) => {
      set(['omni'], {
        endpoint: 'https://omni.example.com',
        healthchecks: { storage: { job_file: 'manifests/check.yaml', interval: '10s' } },
        machine_sets: { burst: { machine_class: 'spare', size: 1, node_labels: { tier: 'burst' } } },
      })(document);
      set(['bootstrap'], { manifests: [{ file: 'manifests/cni.yaml' }] })(document);
      set(['defaults', 'control_planes', 'machine_set'], { upgrade_strategy: { max_parallelism: 1 } })(
        document,
      );
      set(['defaults', 'workers', 'machine_set'], {
        upgrade_strategy: { max_parallelism: 2 },
        update_strategy: { max_parallelism: 3 },
        delete_strategy: { type: 'rolling', max_parallelism: 4 },
        labels: { tier: 'web' },
        annotations: { owner: 'b' },
      })(document);
      set(['workers', 0, 'omni_machine'], {
        labels: { rack: 'r1' },
        annotations: { why: 'new' },
        install_disk: '/dev/sda',
      })(document);
    });
  });

  it('is accepted, and comes to what it says', async () => {
    done(await operator.discover(['--wait', '60s']));
    done(await rollOut());
    expect(await resource('MachineSets', 'home-workers')).toMatchObject({
      labels: { tier: 'web' },
      annotations: { owner: 'b' },
      spec: {
        upgradestrategyconfig: { rolling: { maxparallelism: 2 } },
        updatestrategyconfig: { rolling: { maxparallelism: 3 } },
        deletestrategyconfig: { rolling: { maxparallelism: 4 } },
      },
    });
    expect(await resource('MachineSets', 'home-control-planes')).toMatchObject({
      spec: { upgradestrategyconfig: { rolling: { maxparallelism: 1 } } },
    });
    expect(await resource('MachineSetNodes', operator.id('worker-1'))).toMatchObject({
      labels: { rack: 'r1' },
      annotations: { name: 'worker-1', why: 'new' },
    });
    const manifests = await omni().omnictl(['get', 'kubernetesmanifestgroups', '-o', 'yaml']);
    expect(manifests.stdout).toContain('200-cluster-home-bootstrap-one-time');
    const check = await resource('KubernetesHealthChecks', 'home-storage');
    expect(check.spec['job']).toBe(CHECK);
    const worker = (await omni().machines()).find(({ id }) => id === operator.id('worker-1'));
    expect(worker?.config).toMatch(/disk: \/dev\/sda/);
    expect(worker?.config).not.toContain('diskSelector');
  });

  it('has the machines of a class, as many as it says', async () => {
    expect(await burst()).toHaveLength(1);
    const config = (await omni().machines())
      .filter(({ id }) => SPARE.includes(id))
      .map((one) => one.config)
      .join('');
    expect(config).toContain('tier: burst');
    expect(done(await operator.apply(YES)).stderr).toContain('home: unchanged\n');
  });

  it('grows by the size of a class, and shrinks only if somebody names the set', async () => {
    const size = ['omni', 'machine_sets', 'burst', 'size'];
    await operator.edit(set(size, 2));
    done(await rollOut());
    expect((await burst()).sort()).toEqual(SPARE);
    await operator.edit(set(size, 1));
    const refused = await rollOut();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(
      'error[live-omni-removal] burst: has 2 machines of its machine class and would have 1: Omni chooses who leaves',
    );
    expect(await burst()).toHaveLength(2);
    done(await rollOut('--remove', 'burst'));
    await eventually(async () => expect(await burst()).toHaveLength(1));
  });

  it('locks a machine as the definition says, and takes off that lock, but none of a person', async () => {
    const lock = ['workers', 0, 'omni_machine', 'locked'];
    const locked = async () =>
      'omni.sidero.dev/locked' in (await resource('MachineSetNodes', operator.id('worker-1'))).annotations;
    const config = async () =>
      (await omni().machines()).find(({ id }) => id === operator.id('worker-1'))?.config;
    await operator.edit(set(lock, true));
    done(await rollOut());
    expect(await locked()).toBe(true);
    await operator.edit(set(['network_config', 'dns_servers'], ['192.168.10.1', '9.9.9.9']));
    const { stderr } = done(await rollOut());
    expect(stderr).toContain('warning[live-omni-locked] worker-1: is locked by the definition');
    expect(await config()).not.toContain('9.9.9.9');

    await operator.edit(set(lock, false));
    done(await rollOut());
    expect(await locked()).toBe(false);
    expect(await config()).toContain('9.9.9.9');

    done(await omni().omnictl(['cluster', 'machine', 'lock', operator.id('worker-1')]));
    await operator.edit(set(['network_config', 'dns_servers'], ['192.168.10.1', '8.8.8.8']));
    const kept = done(await rollOut());
    expect(kept.stderr).toContain('warning[live-omni-locked] worker-1: is locked in Omni: it keeps its lock');
    expect(await locked()).toBe(true);
    done(await omni().omnictl(['cluster', 'machine', 'unlock', operator.id('worker-1')]));
  });

  it('takes in a machine that is locked from the start', async () => {
    await operator.edit((document) =>
      document.addIn(
        ['workers'],
        document.createNode({
          name: 'worker-2',
          ip_address: '192.168.10.111',
          omni_machine: { locked: true },
        }),
      ),
    );
    await operator.join();
    done(await operator.discover(['--wait', '60s']));
    done(await rollOut());
    const node = await resource('MachineSetNodes', operator.id('worker-2'));
    expect(node.annotations).toMatchObject({ 'omni.sidero.dev/locked': '', 'locked-by': 'definition' });
  });

  it('has no field that this Omni does not know: we say so before omnictl and before the server', async () => {
    await operator.edit(set(['omni', 'node_audit_skip'], true));
    const generated = await operator.generate();
    expect(generated).toMatchObject({ code: 1 });
    expect(generated.stderr).toContain(
      'error: omni.node_audit_skip needs omnictl 1.10, and this one is v1.9.3; take it out of the definition, or upgrade omnictl\n',
    );
    const applied = await operator.apply(YES);
    expect(applied).toMatchObject({ code: 1 });
    expect(applied.stderr).toContain(
      'error[live-omni-version] omni.node_audit_skip needs Omni 1.10, and this one is v1.9.3',
    );
    expect(applied.stderr).toContain('nothing changed\n');
    await operator.edit((document) => document.deleteIn(['omni', 'node_audit_skip']));
  });

  it('gives back the machines of a class when its set goes, each of them named', async () => {
    await operator.edit((document) => document.deleteIn(['omni', 'machine_sets']));
    const refused = await rollOut();
    expect(refused).toMatchObject({ code: 1 });
    const [id = ''] = await burst();
    expect(refused.stderr).toContain(
      `is in the cluster (machine ${id}, in home-burst) and not in the template`,
    );
    done(await rollOut('--remove', id));
    expect(await burst()).toEqual([]);
  });
});

/** Our commands as children, the real omnictl, and a real Omni 1.9.3 with machines behind its own controllers. */
import type { Document } from 'yaml';
import type { RealOmni } from '../../simulators/omni';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { BASE } from '../testing/inventory';
import { eventually } from '../testing/omni';
import { Operator } from '../testing/operator';
import { describeRealOmni, realOmni } from '../testing/real-omni';

jest.setTimeout(300_000);

const ALL = ['cp-1', 'cp-2', 'cp-3', 'gpu-1', 'worker-1'];
const PATIENT = ['--wait', '150s', '--timeout', '60s'];
const YES = ['--auto-approve', ...PATIENT];

/** A definition, and the image that fits it. */
const withTalos = (version: string) => (document: Document) => {
  document.set('talos_version', version);
  document.setIn(['images', 'talos', 'iso'], `local:iso/talos-${version}-nocloud-amd64.iso`);
};

const withDns = (address: string) => (document: Document) =>
  document.setIn(['network_config', 'dns_servers'], ['192.168.10.1', address]);

const worker = (document: Document, name: string, ip: string): void =>
  document.addIn(['workers'], document.createNode({ name, ip_address: ip }));

describeRealOmni('a real Omni', () => {
  const omni = realOmni();
  let operator: Operator<RealOmni>;
  /** Our words of the last apply, should a test fail. */
  const done = (result: RunResult): RunResult => {
    if (result.code !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
    return result;
  };
  const machineOf = async (name: string) => {
    const found = (await omni().machines()).find(({ id }) => id === operator.id(name));
    if (!found) throw new Error(`no machine ${name}`);
    return found;
  };
  const generateAndApply = async (...args: readonly string[]): Promise<RunResult> => {
    done(await operator.generate());
    return operator.apply([...YES, ...args]);
  };

  beforeAll(async () => {
    operator = await Operator.at(omni(), 'home', BASE);
  });

  it('has nothing to do before somebody approves', async () => {
    done(await operator.discover(['--wait', '60s']));
    done(await operator.generate());
    const dry = await operator.apply(['--dry-run', '--detailed-exitcode'], operator.reader);
    expect(dry).toMatchObject({ code: 2 });
    expect(await omni().resources('Clusters')).toEqual([]);
  });

  it('makes a cluster', async () => {
    const { stderr } = done(await operator.apply(YES));
    expect(stderr).toContain('home: applied; 5 machines ready\n');
    expect(await operator.members()).toEqual(ALL);
    for (const machine of await omni().machines())
      expect(machine).toMatchObject({ talos: 'v1.11.5', stage: 'running', ready: true });
    expect((await machineOf('worker-1')).hostname).toBe('worker-1');
  });

  it('has nothing to do then, also with the key of a Reader', async () => {
    const again = done(await operator.apply(YES, operator.reader));
    expect(again.stderr).toContain('home: unchanged\n');
    expect(done(await operator.cli('status', ['--inventory', 'inventory.json'])).stdout).toMatch(/worker-1/);
  });

  it('brings a setting to every machine before it says applied', async () => {
    await operator.edit(withDns('9.9.9.9'));
    done(await generateAndApply());
    for (const { config } of await omni().machines()) expect(config).toContain('9.9.9.9');
  });

  /** An omnictl to which the cluster is always healthy: as it is just after a sync, and between two machines of an upgrade. */
  const healthy = () => ({ env: operator.omnictlThat('[ "$3" = status ] && exit 0') });

  it('upgrades Talos on every machine before it says applied', async () => {
    await operator.edit(withTalos('v1.11.6'));
    done(await operator.generate());
    const { stderr } = done(await operator.apply(YES, healthy()));
    expect(stderr).toContain('waiting: not yet on Talos v1.11.6: cp-1, cp-2, cp-3, gpu-1, worker-1');
    expect((await omni().machines()).map(({ talos }) => talos)).toEqual(Array(5).fill('v1.11.6'));
  });

  it('has a new extension on every machine before it says applied', async () => {
    await operator.edit((document) =>
      document.set('system_extensions', ['siderolabs/qemu-guest-agent', 'siderolabs/iscsi-tools']),
    );
    done(await operator.generate());
    done(await operator.apply(YES, healthy()));
    for (const { extensions } of await omni().machines())
      expect(extensions).toContain('siderolabs/iscsi-tools');
  });

  it('tells what Omni refuses, and that it is certain', async () => {
    await operator.edit((document) => document.set('kubernetes_version', 'v1.30.1'));
    const refused = await generateAndApply();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('error[omni-refused]');
    expect(refused.stderr).toContain('nothing was changed\nrefused: updating Clusters(home)\n');
    await operator.edit((document) => document.set('kubernetes_version', 'v1.34.1'));
    done(await generateAndApply());
  });

  it('upgrades Kubernetes', async () => {
    await operator.edit((document) => document.set('kubernetes_version', 'v1.34.2'));
    done(await generateAndApply());
    for (const { config } of await omni().machines()) expect(config).toMatch(/kubelet:v1\.34\.2/);
  });

  it('grows by a machine that joins late', async () => {
    await operator.edit((document) => worker(document, 'worker-2', '192.168.10.111'));
    await operator.join({ 'worker-2': { talos: 'v1.11.6', delayMs: 3000 } });
    done(await operator.discover(['--wait', '60s']));
    done(await generateAndApply());
    expect(await operator.members()).toEqual([...ALL, 'worker-2']);
  });

  it('keeps the lock of a machine, and does not wait for it', async () => {
    done(await omni().omnictl(['cluster', 'machine', 'lock', operator.id('worker-2')]));
    await operator.edit(withDns('8.8.8.8'));
    const { stderr } = done(await generateAndApply());
    expect(stderr).toContain('warning[live-omni-locked] worker-2: is locked in Omni: it keeps its lock');
    const [node] = (await omni().resources('MachineSetNodes')).filter(
      ({ id }) => id === operator.id('worker-2'),
    );
    expect(node?.annotations).toHaveProperty(['omni.sidero.dev/locked']);
    expect((await machineOf('worker-2')).config).not.toContain('8.8.8.8');
    expect((await machineOf('worker-1')).config).toContain('8.8.8.8');
  });

  it('refuses to remove a locked machine before anything else changes', async () => {
    await operator.drop('workers', 'worker-2');
    const refused = await generateAndApply('--remove', 'worker-2');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('error[live-omni-locked] worker-2: is locked in Omni, and would leave');
    expect(refused.stderr).toContain('nothing changed\n');
    done(await omni().omnictl(['cluster', 'machine', 'unlock', operator.id('worker-2')]));
  });

  it('refuses to remove what nobody named', async () => {
    const refused = await generateAndApply();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('error[live-omni-removal] worker-2: ');
    expect(await operator.members()).toContain('worker-2');
  });

  it('removes a node by name, again and again, and takes it back', async () => {
    const times = Number(process.env['REMOVALS'] ?? 20);
    const slow: number[] = [];
    for (let n = 0; n < times; n++) {
      const start = Date.now();
      done(await generateAndApply('--remove', 'worker-2'));
      slow.push(Date.now() - start);
      expect(await operator.members()).toEqual(ALL);
      await operator.edit((document) => worker(document, 'worker-2', '192.168.10.111'));
      done(await generateAndApply());
      if (n < times - 1) await operator.drop('workers', 'worker-2');
    }
    expect(Math.max(...slow)).toBeLessThan(50_000);
  }, 1_200_000);

  it('replaces a control plane', async () => {
    await operator.edit((document) => {
      const node = { name: 'cp-4', ip_address: '192.168.10.103' };
      document.addIn(['control_planes'], document.createNode(node));
      document.deleteIn(['control_planes', 0]);
    });
    await operator.join({ 'cp-4': { talos: 'v1.11.6' } });
    done(await operator.discover(['--wait', '60s']));
    const { stderr } = done(await generateAndApply('--remove', 'cp-1'));
    expect(stderr).toContain('step 2 of 2: control plane cp-1 leaves');
    expect(await operator.members()).toEqual(['cp-2', 'cp-3', 'cp-4', 'gpu-1', 'worker-1', 'worker-2']);
  });

  it('refuses a locked cluster', async () => {
    done(await omni().omnictl(['cluster', 'lock', 'home']));
    await operator.edit(withDns('1.1.1.1'));
    const refused = await generateAndApply();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('error[live-omni-locked]');
    done(await omni().omnictl(['cluster', 'unlock', 'home']));
  });

  it('needs an Operator for changes', async () => {
    const refused = await operator.apply(YES, operator.reader);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('error[omni-role] the service account has role Reader');
    expect(refused.stderr).toContain('nothing was changed\nrefused: ');
    done(await operator.apply(YES));
  });

  it('lets a machine go that is not connected, says that it is still to be reset, and forgets it when it is gone', async () => {
    await omni().power(operator.id('worker-2'), false);
    await eventually(async () => {
      const of = (await omni().resources('MachineStatuses')).find(({ id }) => id === operator.id('worker-2'));
      expect(of?.spec['connected']).toBe(false);
    }, 60_000);
    await operator.drop('workers', 'worker-2');
    done(await operator.generate());
    const removed = await operator.apply(['--auto-approve', '--remove', 'worker-2', '--wait', '5s']);
    expect(removed.stderr).toContain(
      'warning[live-omni-disconnected] worker-2: is not connected: Omni resets',
    );
    expect(removed.stderr).toMatch(/error: home: not reset yet: worker-2\n/);
    expect(removed.code).toBe(1);
    expect(await operator.members()).not.toContain('worker-2');

    const again = await operator.apply(['--dry-run']);
    expect(again.stderr).toContain(
      'warning[live-omni-leaving] worker-2: has left the cluster and is not connected',
    );
    const { stderr } = done(await operator.apply([...YES, '--gone', 'worker-2']));
    expect(stderr).toContain(`removing machine ${operator.id('worker-2')} of worker-2 from Omni`);
    expect((await omni().resources('Machines')).map(({ id }) => id)).not.toContain(operator.id('worker-2'));
    expect(done(await operator.apply(YES)).stderr).toContain('home: unchanged\n');
  });
});

describeRealOmni('a fresh Omni', () => {
  const omni = realOmni({ eula: false });

  it('refuses everything until its licence agreement is accepted, and we say so', async () => {
    const operator = new (class extends Operator<RealOmni> {
      constructor() {
        super(omni(), 'home', BASE);
      }
    })();
    await operator.edit(() => undefined);
    const { code, stderr } = await operator.discover(['--wait', '5s']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error[omni-eula] nobody has accepted the licence agreement (EULA) of this Omni yet',
    );
  });
});

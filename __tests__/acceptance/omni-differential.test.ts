/** The same on the simulated Omni and on the real one: what omnictl gets as an answer must be the same. */
import { startOmni, type Omni } from '../../simulators/omni';
import type { AnyOmni } from '../testing/operator';
import { linesOf, machine, machineId, sync, template, type TemplateOptions } from '../testing/omni';
import { describeRealOmni, realOmni } from '../testing/real-omni';

jest.setTimeout(120_000);

/** A cluster of machines of its own, with the numbers after `at`. */
class Lab {
  readonly name: string;

  constructor(
    readonly omni: AnyOmni,
    private readonly at: number,
  ) {
    this.name = `c${at}`;
  }

  id = (n: number): string => machineId(this.at + n);

  join = async (n: number, talos = 'v1.11.5'): Promise<void> => {
    await this.omni.addMachines([machine(this.at + n, { talos })]);
    await settled(this.omni, this.id(n));
  };

  file = ({ controlPlanes = [1], workers = [2], ...rest }: TemplateOptions = {}): string =>
    template({
      name: this.name,
      kubernetes: 'v1.33.4',
      ...rest,
      controlPlanes: controlPlanes.map((n) => this.at + n),
      workers: workers.map((n) => this.at + n),
    });

  /** What came of a sync: its lines up to a refusal, and the words of that. */
  sync = async (options?: TemplateOptions): Promise<unknown> =>
    told(await sync(this.omni, this.file(options)));

  run = async (...args: readonly string[]): Promise<unknown> => told(await this.omni.omnictl(args));
}

/** Omni knows all of a machine. */
async function settled(omni: AnyOmni, id: string): Promise<void> {
  for (let n = 0; n < 100; n++) {
    const status = (await omni.resources('MachineStatuses')).find((one) => one.id === id);
    if (status?.spec['schematic'] && status.spec['talosversion']) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`machine ${id} is not settled`);
}

const told = (result: { code: number; stdout: string; stderr: string }): unknown => ({
  code: result.code,
  // At a refusal the order inside a type is random: what was done before is not compared.
  lines: result.code === 0 ? linesOf(result as never) : [],
  refusal: /desc = ([\s\S]*)/.exec(result.stderr)?.[1]?.trim() ?? '',
});

type Scenario = (lab: Lab) => Promise<unknown>;

const of =
  (before: TemplateOptions | undefined, after: TemplateOptions): Scenario =>
  async (lab) => {
    if (before) await lab.sync(before);
    return lab.sync(after);
  };

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a new cluster': of(undefined, {}),
  'the same again': of({}, {}),
  'an unknown Talos': of(undefined, { talos: 'v1.99.0' }),
  'a Kubernetes that does not fit': of(undefined, { kubernetes: 'v1.36.1' }),
  'an invented extension': of(undefined, { extensions: ['siderolabs/invented'] }),
  'an extension twice': of(undefined, { extensions: ['siderolabs/nfsd', 'siderolabs/nfsd'] }),
  'a jump of Kubernetes': of({ kubernetes: 'v1.30.4' }, { kubernetes: 'v1.33.4' }),
  'an older Kubernetes': of({ kubernetes: 'v1.33.4' }, { kubernetes: 'v1.32.4' }),
  'a lower Talos than at birth': of({ talos: 'v1.11.5' }, { talos: 'v1.10.4' }),
  'other disk encryption': of({}, { features: { diskEncryption: true } }),
  'backups too often': of(undefined, { features: { backupConfiguration: { interval: '1m' } } }),
  'backups too seldom': of(undefined, { features: { backupConfiguration: { interval: '48h' } } }),
  'the discovery service of Omni, where it is not enabled': of(undefined, {
    features: { useEmbeddedDiscoveryService: true },
  }),
  'the same, later': of({}, { features: { useEmbeddedDiscoveryService: true } }),
  'control planes for a cluster that has had some': async (lab) => {
    await lab.sync();
    await upgraded(lab);
    await lab.run('delete', 'machineset', `${lab.name}-control-planes`);
    return lab.sync();
  },
  'an unknown machine': of(undefined, { workers: [2, 77] }),
  'an empty control plane': of(undefined, { controlPlanes: [] }),
  'a newer machine': async (lab) => {
    await lab.join(3, 'v1.12.2');
    return lab.sync({ workers: [3] });
  },
  'an older machine without an installation': async (lab) => {
    await lab.join(3, 'v1.10.1');
    return lab.sync({ workers: [3] });
  },
  'one more machine for a locked cluster': async (lab) => {
    await lab.join(3);
    await lab.sync();
    await lab.run('cluster', 'lock', lab.name);
    return lab.sync({ workers: [2, 3] });
  },
  'the deletion of a locked cluster': async (lab) => {
    await lab.sync();
    await lab.run('cluster', 'lock', lab.name);
    return lab.run('cluster', 'delete', lab.name);
  },
  'the removal of a locked machine': async (lab) => {
    await lab.join(3);
    await lab.sync({ workers: [2, 3] });
    await lab.run('cluster', 'machine', 'lock', lab.id(3));
    return lab.sync({ workers: [2] });
  },
  'a lock for a control plane': async (lab) => {
    await lab.sync();
    return lab.run('cluster', 'machine', 'lock', lab.id(1));
  },
  'a machine of another set': async (lab) => {
    await lab.join(3);
    await lab.sync({ workers: [2, 3] });
    return lab.sync({ workers: [2], rest: [{ kind: 'Workers', name: 'others', machines: [lab.id(3)] }] });
  },
  'a status of an upgrade, which has no label': async (lab) => {
    await lab.sync();
    return upgraded(lab);
  },
};

/** Waits until a cluster is made. @returns the labels of the status that says so */
async function upgraded(lab: Lab): Promise<unknown> {
  for (let n = 0; n < 300; n++) {
    const [status] = (await lab.omni.resources('TalosUpgradeStatuses')).filter(({ id }) => id === lab.name);
    if (status?.spec['phase'] === 2) return status.labels;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 'never';
}

describeRealOmni('the simulated Omni answers as the real one', () => {
  const real = realOmni();
  let simulated: Omni;
  beforeAll(async () => {
    simulated = await startOmni({ readyAfterMs: 300, embeddedDiscovery: false });
  }, 600_000);
  afterAll(() => simulated.stop());

  it.each(Object.entries(SCENARIOS).map(([name, play], n) => [name, play, 100 * (n + 1)] as const))(
    'to %s',
    async (_name, play, at) => {
      const outcomes = await Promise.all(
        [simulated, real()].map(async (omni) => {
          const lab = new Lab(omni, at);
          for (const n of [1, 2]) await lab.join(n);
          return play(lab);
        }),
      );
      expect(outcomes[0]).toEqual(outcomes[1]);
    },
  );
});

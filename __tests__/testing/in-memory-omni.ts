import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Omnictl } from '../../scripts/lib/omni/omnictl';
import type { OmniProblem } from '../../scripts/lib/omni/problems';
import type { MachineOptions, Omni, OmniFaults, OmniResource, OmniWrite } from '../../simulators/omni';

type Machine = MachineOptions & { readonly connected: boolean };

/** A resource that omnictl has written. */
interface Stored {
  readonly type: string;
  readonly id: string;
  readonly cluster: string;
  /** All that the template says of it. */
  readonly content: string;
  /** Of members. */
  readonly set?: string;
  readonly name?: string;
}

interface Change extends Stored {
  readonly verb: 'creating' | 'updating' | 'tearing down';
}

interface TemplateText {
  readonly kind: string;
  readonly name?: string;
  readonly machines?: readonly string[];
  readonly annotations?: { readonly name?: string };
  readonly patches?: readonly { readonly idOverride: string }[];
}

type Answer = Awaited<ReturnType<Omnictl['call']>>;

const keyOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;

/**
 * omnictl and an Omni in one, in memory, for thousands of runs: membership, sets and patches, what refuses or hangs, and that a
 * set takes its members with it though omnictl does not say so. What it does otherwise than the real ones is found by the
 * tests that run with both.
 */
export class InMemoryOmni
  implements
    Omnictl,
    Pick<Omni, 'resources' | 'writes' | 'addMachines' | 'updateMachine' | 'removeMachine' | 'fault'>
{
  private readonly machines = new Map<string, Machine>();
  private readonly stored = new Map<string, Stored>();
  /** Machines that have left and cannot be reset, because they are not connected: members no more, and still in the way. */
  private readonly leaving = new Map<string, Stored>();
  private readonly log: OmniWrite[] = [];
  private faults: OmniFaults = {};
  private writesSinceFault = 0;

  addMachines = (added: readonly MachineOptions[]): Promise<readonly string[]> =>
    Promise.resolve(
      added.map((machine) => {
        const wanted = machine.id.toLowerCase();
        const id = this.machines.get(wanted)?.connected ? newId(this.machines.size) : wanted;
        this.machines.set(id, { connected: true, ...machine, id });
        if (machine.cluster !== undefined)
          this.store({
            type: 'MachineSetNodes',
            id,
            cluster: machine.cluster,
            content: '',
            set: `${machine.cluster}-workers`,
            name: '',
          });
        return id;
      }),
    );

  updateMachine = (id: string, changes: Partial<MachineOptions>): Promise<void> => {
    const machine = this.machines.get(id);
    if (machine) this.machines.set(id, { ...machine, ...changes });
    if (this.isConnected(id)) this.leaving.delete(id);
    return Promise.resolve();
  };

  removeMachine = (id: string): Promise<void> => {
    this.machines.delete(id);
    this.leaving.delete(id);
    return Promise.resolve();
  };

  fault = (faults: OmniFaults): Promise<void> => {
    [this.faults, this.writesSinceFault] = [faults, 0];
    return Promise.resolve();
  };

  writes = (): Promise<readonly OmniWrite[]> => Promise.resolve([...this.log]);

  resources = (type: string): Promise<readonly OmniResource[]> =>
    Promise.resolve(
      type === 'Machines'
        ? [...this.machines.keys()].map((id) => resource({ type, id, cluster: '', content: '' }))
        : this.all(type).map(resource),
    );

  call: Omnictl['call'] = (args, { onOutput } = {}) => {
    const [noun, verb] = args;
    if (noun === 'delete') return this.removeMachine(args[2] ?? '').then(() => ({ text: '' }));
    if (noun === 'get') return Promise.resolve({ text: this.get(verb ?? '', args) });
    const file = args[args.indexOf('-f') + 1] ?? '';
    return Promise.resolve(this.template(args[2] ?? '', file, args, onOutput));
  };

  private get(type: string, args: readonly string[]): string {
    const filter = args.at(-1) ?? '';
    const cluster = filter.slice(filter.indexOf('=') + 1).replaceAll(/[$^]/g, '');
    const of = (name: string): readonly Stored[] => this.all(name).filter((one) => one.cluster === cluster);
    const texts: Readonly<Record<string, () => readonly unknown[]>> = {
      machinestatus: () =>
        [...this.machines.values()]
          .filter(({ noStatus }) => noStatus !== true)
          .filter(({ id }) => !args.includes('-l') || this.clusterOf(id) === cluster)
          .map((machine) => statusOf(machine, this.clusterOf(machine.id))),
      clusters: () =>
        of('Clusters').map(({ id, content }) => ({
          metadata: { id, annotations: null },
          spec: JSON.parse(content) as unknown,
        })),
      machinesetnodes: () => of('MachineSetNodes').map(memberText),
      configpatches: () => of('ConfigPatches').map(({ id }) => ({ metadata: { id } })),
      clustermachinestatuses: () =>
        [...of('MachineSetNodes'), ...this.leaving.values()]
          .filter((one) => one.cluster === cluster)
          .map(({ id, set, name }) => ({
            metadata: { id, labels: { [SET]: set, 'omni.sidero.dev/hostname': name } },
            spec: { ready: this.isConnected(id), configuptodate: true },
          })),
      talosupgradestatuses: () => of('Clusters').map(({ content }) => upgradeOf(content, 'talosversion')),
      kubernetesupgradestatuses: () =>
        of('Clusters').map(({ content }) => upgradeOf(content, 'kubernetesversion')),
    };
    return (texts[type]?.() ?? []).map((value) => `${JSON.stringify(value)}\n`).join('');
  }

  private template(
    verb: string,
    file: string,
    args: readonly string[],
    onOutput?: (text: string) => void,
  ): Answer {
    if (verb === 'export') return { text: this.exported(args.at(-1) ?? '') };
    const wanted = readTemplate(file);
    const changes = this.changes(wanted);
    const text = changes.map(lineOf).join('');
    if (verb === 'diff' || args.includes('--dry-run')) return { text };
    if (verb === 'status')
      return this.leaving.size === 0 && this.all('MachineSetNodes').every(({ id }) => this.isConnected(id))
        ? { text: 'RUNNING\n' }
        : problem('omni-failed', 'not ready');
    for (const change of changes) {
      onOutput?.(lineOf(change));
      const failure = this.write(change);
      if (failure) return failure;
    }
    return { text };
  }

  /** What a sync does, in its order: what is new, what is other, what is no more. */
  private changes(wanted: readonly Stored[]): readonly Change[] {
    const cluster = wanted[0]?.id ?? '';
    const keys = new Set(wanted.map(keyOf));
    const made = wanted.flatMap((one): Change[] => {
      const now = this.stored.get(keyOf(one));
      if (!now) return [{ ...one, verb: 'creating' }];
      return now.content === one.content ? [] : [{ ...one, verb: 'updating' }];
    });
    const gone = [...this.stored.values()].filter((one) => one.cluster === cluster && !keys.has(keyOf(one)));
    const goneSets = new Set(gone.filter(({ type }) => type === 'MachineSets').map(({ id }) => id));
    // omnictl names a set that goes, and not the members that go with it.
    const named = gone.filter(({ type, set = '' }) => type !== 'MachineSetNodes' || !goneSets.has(set));
    return [...made, ...named.map((one): Change => ({ ...one, verb: 'tearing down' }))];
  }

  private write({ verb, ...one }: Change): { readonly problem: OmniProblem } | undefined {
    const { hangAfterWrites = Infinity, refuse = [] } = this.faults;
    if (this.writesSinceFault++ >= hangAfterWrites) return problem('omni-timeout', 'no answer');
    if (refuse.some(({ type }) => type === one.type)) return problem('omni-refused', 'refused');
    const now = this.stored.get(keyOf(one));
    if (verb === 'tearing down') {
      this.tearDown(one);
      return undefined;
    }
    if (one.type === 'MachineSetNodes' && now && (now.cluster !== one.cluster || now.set !== one.set))
      return problem('omni-refused', 'changing value of label');
    this.store(one);
    return undefined;
  }

  /** Frees a machine at once, connected or not. */
  private tearDown(one: Stored): void {
    const going =
      one.type === 'MachineSets'
        ? [...this.all('MachineSetNodes').filter(({ set }) => set === one.id), one]
        : [one];
    for (const each of going) {
      this.log.push({ verb: 'destroy', type: each.type, id: each.id, role: 'Operator', error: '' });
      this.stored.delete(keyOf(each));
      if (each.type === 'MachineSetNodes' && this.machines.has(each.id) && !this.isConnected(each.id))
        this.leaving.set(each.id, each);
    }
  }

  private exported(cluster: string): string {
    return this.all('MachineSetNodes')
      .filter((one) => one.cluster === cluster)
      .map(({ id, name }) => `---\n${JSON.stringify({ kind: 'Machine', name: id, annotations: { name } })}\n`)
      .join('');
  }

  private all = (type: string): readonly Stored[] =>
    [...this.stored.values()].filter((one) => one.type === type);

  private clusterOf = (id: string): string | undefined => this.stored.get(`MachineSetNodes/${id}`)?.cluster;

  private isConnected = (id: string): boolean => this.machines.get(id)?.connected === true;

  private store(one: Stored): void {
    this.stored.set(keyOf(one), one);
  }
}

const problem = (rule: OmniProblem['rule'], message: string): { readonly problem: OmniProblem } => ({
  problem: { rule, message, transient: false },
});

/** Upgrades are over at once here. */
const upgradeOf = (content: string, key: string): unknown => ({
  spec: { phase: 2, lastupgradeversion: (JSON.parse(content) as Record<string, string>)[key] },
});

const lineOf = ({ verb, type, id }: Change): string => `* ${verb} ${type}.omni.sidero.dev(${id})\n`;

const newId = (n: number): string => `99999999-9999-4999-8999-${String(n).padStart(12, '0')}`;

const resource = ({ type, id, cluster, set = '', name = '' }: Stored): OmniResource => ({
  type,
  id,
  finalizers: [],
  version: 1,
  spec: {},
  phase: 'running',
  labels: { [CLUSTER]: cluster, [SET]: set },
  annotations: { name },
});

const CLUSTER = 'omni.sidero.dev/cluster';
const SET = 'omni.sidero.dev/machine-set';

const memberText = (one: Stored): unknown => {
  const { id, phase, labels, annotations } = resource(one);
  return { metadata: { id, phase, labels, annotations } };
};

function statusOf({ id, ...machine }: Machine, cluster = ''): unknown {
  const { links = [], addresses = [], connected, talos = 'v1.11.5', noNetwork, hostname = '' } = machine;
  return {
    metadata: { id, labels: {} },
    spec: {
      cluster,
      connected,
      talosversion: talos,
      maintenance: cluster === '',
      hardware: null,
      network: noNetwork
        ? null
        : { hostname, addresses, networklinks: links.map(({ mac }) => ({ hardwareaddress: mac })) },
    },
  };
}

/** The resources of a template; the cluster is the first. */
function readTemplate(file: string): Stored[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map(
    (document) => document.toJS() as TemplateText,
  );
  const cluster = documents.find(({ kind }) => kind === 'Cluster')?.name ?? '';
  const names = new Map(documents.map(({ name = '', annotations }) => [name, annotations?.name ?? '']));
  return documents.flatMap((document) => [
    ...ownResources(document, cluster, names),
    ...(document.patches ?? []).map((patch) => ({
      type: 'ConfigPatches',
      id: patch.idOverride,
      cluster,
      content: JSON.stringify(patch),
    })),
  ]);
}

function ownResources(
  document: TemplateText & { readonly talos?: object; readonly kubernetes?: object },
  cluster: string,
  names: ReadonlyMap<string, string>,
): Stored[] {
  const { kind, name = 'workers', machines = [] } = document;
  if (kind === 'Machine') return [];
  if (kind === 'Cluster') {
    const version = (of?: object): string => String((of as { version?: string } | undefined)?.version);
    const spec = {
      talosversion: version(document.talos).slice(1),
      kubernetesversion: version(document.kubernetes).slice(1),
    };
    return [{ type: 'Clusters', id: cluster, cluster, content: JSON.stringify(spec) }];
  }
  const set = `${cluster}-${kind === 'ControlPlane' ? 'control-planes' : name}`;
  return [
    { type: 'MachineSets', id: set, cluster, content: '' },
    ...machines.map((id) => {
      const member = { set, name: names.get(id) ?? '' };
      return { type: 'MachineSetNodes', id, cluster, content: JSON.stringify(member), ...member };
    }),
  ];
}

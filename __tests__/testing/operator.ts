import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import { loadDefinitions } from '../../model/load/load';
import { machineInventory, type Inventory } from '../../model/inventory/machine';
import type { RunOptions, RunResult } from '../../scripts/lib/platform/exec';
import type { Environment, MachineOptions, Omni, OmniOptions } from '../../simulators/omni';
import { programPath } from '../../tools/programs';
import { runCli } from './cli';
import { BASE, nodeOf } from './inventory';
import { omniWith } from './omni';
import { temporaryFolder } from './terraform';

/** What an operator needs of an Omni, be it simulated or real. */
export type AnyOmni = Pick<
  Omni,
  'env' | 'readerEnv' | 'addMachines' | 'removeMachine' | 'resources' | 'omnictl'
>;

/** What an operator has in front of him: a definition, its inventory as applied, an Omni, and our commands. */
export class Operator<O extends AnyOmni = Omni> {
  readonly folder = temporaryFolder();
  private document: Document;

  protected constructor(
    readonly omni: O,
    readonly cluster: string,
    text: string,
    /** Version that machines boot. */
    private readonly talos = 'v1.11.5',
  ) {
    this.document = parseDocument(text);
  }

  /** All machines of the definition have joined Omni, but for the changes of a test; without one that is `null`. */
  static async with(
    machines: Readonly<Record<string, Partial<MachineOptions> | null>> = {},
    { text = BASE, talos = 'v1.11.5', ...options }: OmniOptions & { text?: string; talos?: string } = {},
  ): Promise<Operator> {
    const operator = new Operator(await omniWith(options), 'home', text, talos);
    await operator.edit(() => undefined);
    await operator.join(machines);
    return operator;
  }

  /** Another definition and the same Omni. */
  static async at<T extends AnyOmni>(
    omni: T,
    cluster: string,
    text: string,
    machines: Readonly<Record<string, Partial<MachineOptions> | null>> = {},
  ): Promise<Operator<T>> {
    const operator = new this<T>(omni, cluster, text);
    await operator.edit(() => undefined);
    await operator.join(machines);
    return operator;
  }

  get definition(): string {
    return join(this.folder, 'clusters', `${this.cluster}.yaml`);
  }

  get templateFile(): string {
    return join(this.folder, 'machine-configs', this.cluster, 'cluster-template.yaml');
  }

  inventory(): Inventory {
    return JSON.parse(readFileSync(join(this.folder, 'inventory.json'), 'utf8')) as Inventory;
  }

  /** Machine id of a node that is in the inventory. */
  id(name: string): string {
    return nodeOf(this.inventory(), name).smbios_uuid;
  }

  /** Changes the definition, and applies it unless a test says that nobody did: the inventory follows. */
  async edit(change: (document: Document) => void, { applied = true } = {}): Promise<void> {
    change(this.document);
    mkdirSync(join(this.folder, 'clusters'), { recursive: true });
    writeFileSync(this.definition, this.document.toString());
    if (!applied) return;
    const { clusters, diagnostics } = await loadDefinitions(this.definition);
    const [checked] = clusters;
    if (!checked) throw new Error(JSON.stringify(diagnostics));
    writeFileSync(join(this.folder, 'inventory.json'), JSON.stringify(machineInventory(checked.cluster)));
  }

  /** Takes a node out of one of the lists of the definition. Its VM stays: nobody has applied that yet. */
  drop(list: string, name: string): Promise<void> {
    const apply = (document: Document): void => {
      const nodes = (document.toJS() as Record<string, { name: string }[]>)[list] ?? [];
      document.deleteIn([list, nodes.findIndex((node) => node.name === name)]);
    };
    return this.edit(apply, { applied: false });
  }

  /** Lets the machines of the inventory that Omni does not know boot and join. */
  async join(changes: Readonly<Record<string, Partial<MachineOptions> | null>> = {}): Promise<void> {
    const known = new Set((await this.omni.resources('Machines')).map(({ id }) => id));
    const machines = Object.entries(this.inventory()).flatMap(([name, node]) => {
      if (known.has(node.smbios_uuid) || changes[name] === null) return [];
      const links = node.nics.map((nic) => ({ mac: nic.mac_address }));
      return [
        {
          id: node.smbios_uuid,
          hostname: name,
          talos: this.talos,
          addresses: [`${node.ip_address}/24`],
          links,
          ...changes[name],
        },
      ];
    });
    await this.omni.addMachines(machines);
  }

  /** Runs one of our commands as a child, in the folder. */
  async cli(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
    return runCli([command, this.cluster, ...args], {
      cwd: this.folder,
      timeout: 60_000,
      ...options,
      env: {
        ...this.omni.env,
        CLUSTERS: undefined,
        OMNICTL: undefined,
        TALOSCTL: '/nowhere',
        NO_COLOR: '1',
        ...options.env,
      },
    });
  }

  discover = (args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> =>
    this.cli('discover', ['--inventory', 'inventory.json', ...args], options);

  generate = (args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> =>
    this.cli('generate', args, options);

  apply = (args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> =>
    this.cli(
      'apply',
      ['--inventory', 'inventory.json', '--wait', '20s', '--timeout', '20s', ...args],
      options,
    );

  /** Discover, generate and apply, each of which must go well. */
  async rollOut(args: readonly string[] = []): Promise<RunResult> {
    for (const step of [this.discover, this.generate]) {
      const result = await step();
      if (result.code !== 0) throw new Error(result.stderr);
    }
    const result = await this.apply(['--auto-approve', ...args]);
    if (result.code !== 0) throw new Error(result.stderr);
    return result;
  }

  /** An omnictl that runs some lines of shell before the real one; these have it in `$real`. */
  omnictlThat(lines: string): Environment {
    const file = join(this.folder, 'omnictl.sh');
    writeFileSync(file, `#!/bin/sh\nreal='${programPath('omnictl')}'\n${lines}\nexec "$real" "$@"\n`, {
      mode: 0o755,
    });
    return { OMNICTL: file };
  }

  /** The reader's environment. */
  get reader(): { readonly env: Environment } {
    return { env: this.omni.readerEnv };
  }

  /** Node names of the members of the cluster, sorted; `(leaving)` behind those that are being removed. */
  async members(): Promise<string[]> {
    const nodes = await this.omni.resources('MachineSetNodes', this.cluster);
    return nodes
      .map(
        ({ annotations, id, phase }) =>
          `${annotations['name'] ?? id}${phase === 'running' ? '' : ' (leaving)'}`,
      )
      .sort();
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { bridge, type Bridge, type BridgedOmni, type Omni } from '../../simulators/omni';
import { simulate, type SiteState, type Simulation, type Vm } from '../../simulators/pve';
import { runCli } from './cli';
import { omniWith } from './omni';
import { mirrorEnv, temporaryFolder } from './terraform';

/** A simulated Omni, or a real one. */
type WorldOmni = BridgedOmni & Pick<Omni, 'env' | 'resources'>;

/** A definition with its simulated servers and Omni, for the commands that bring it up. */
export class UpWorld {
  private constructor(
    readonly folder: string,
    readonly simulation: Simulation,
    readonly omni: WorldOmni,
    private readonly bridged: Bridge,
    readonly document: Document,
  ) {}

  /** @param example file below `clusters/`, whose cluster is called the same */
  static async of(
    example: string,
    change: (document: Document) => void = () => undefined,
    real?: WorldOmni,
  ): Promise<UpWorld> {
    const folder = temporaryFolder();
    const simulation = await simulate(join('clusters', `${example}.yaml`), { stateDir: folder });
    const omni = real ?? (await omniWith({ maxLifeMs: 900_000 }));
    const bridged = bridge(simulation.pve, omni);
    const world = new UpWorld(folder, simulation, omni, bridged, parseDocument(simulation.definition()));
    world.edit(change);
    return world;
  }

  get name(): string {
    return this.simulation.cluster.name;
  }

  async close(): Promise<void> {
    await this.bridged.close();
    await this.simulation.pve.close();
  }

  /** Changes the definition. */
  edit(change: (document: Document) => void): void {
    change(this.document);
    mkdirSync(join(this.folder, 'clusters'), { recursive: true });
    writeFileSync(join(this.folder, `clusters/${this.name}.yaml`), this.document.toString());
  }

  /** Runs one of our commands for the cluster. */
  run = (
    command: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunResult> =>
    runCli([command, this.name, ...args], {
      cwd: this.folder,
      timeout: 480_000,
      env: {
        ...mirrorEnv(),
        ...this.simulation.variables,
        TF_VAR_talos_gpu_image_url: 'https://images.example.com/talos-gpu.iso',
        ...this.omni.env,
        CLUSTERS: join(this.folder, 'clusters'),
        CDKTF_OUTDIR: join(this.folder, 'cdktf.out'),
        NO_COLOR: '1',
        ...env,
      },
    });

  up = (...args: readonly string[]): Promise<RunResult> => this.run('up', ['--wait', '240s', ...args]);

  /** An `up` that must go well. */
  async upWell(...args: readonly string[]): Promise<RunResult> {
    const result = await this.up('--auto-approve', ...args);
    if (result.code !== 0) throw new Error(`up ended with ${result.code}:\n${result.stdout}${result.stderr}`);
    return result;
  }

  /** Names of the nodes that are in the cluster in Omni. */
  members = async (): Promise<unknown[]> =>
    (await this.omni.resources('MachineSetNodes', this.name))
      .map(({ annotations }) => annotations['name'])
      .sort();

  get sites(): readonly SiteState[] {
    return Object.values(this.simulation.pve.sites).map(({ state }) => state);
  }

  get vms(): readonly Vm[] {
    return this.sites.flatMap(({ vms }) => [...vms.values()]);
  }

  /** The VM of a node. @throws Error if there is none */
  vm(name: string): Vm {
    const vm = this.vms.find(({ config }) => config['name'] === name);
    if (!vm) throw new Error(`no VM ${name}`);
    return vm;
  }
}

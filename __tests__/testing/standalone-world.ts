import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument, type Document } from 'yaml';
import type { Cluster, Node } from '../../model/cluster/cluster';
import { loadDefinitions } from '../../model/load/load';
import type { RunOptions, RunResult } from '../../scripts/lib/platform/exec';
import { simulate, type Simulation } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosBridge,
  type TalosCall,
  type TalosMachine,
  type TalosMachineOptions,
} from '../../simulators/talos';
import { PROJECT_ROOT } from '../../tools/paths';
import { runCli } from './cli';
import type { Planted } from './secret-scan';
import { QUICK } from './talos';
import { mirrorEnv, temporaryFolder } from './terraform';
import { Vault } from './vault';

/** From servers to a cluster. */
export const UP = ['up', 'home', '--wait', '60s'];

/** The cluster of `clusters/home.yaml` without Omni, whose machines run Talos at addresses of this computer. */
export class StandaloneWorld {
  readonly folder = temporaryFolder();
  readonly subnet = loopbackSubnet();
  readonly file = join(this.folder, 'clusters/home.yaml');
  /** Where commands keep what talosctl takes from files only. */
  readonly memory = temporaryFolder();
  readonly document = parseDocument(standaloneHome(this.subnet));
  private readonly closing: (() => Promise<void>)[] = [];
  private simulation: Simulation | undefined;

  private constructor(
    readonly talos: Talos,
    readonly vault: Vault,
  ) {
    mkdirSync(join(this.folder, 'clusters'));
    this.edit(() => undefined);
  }

  /** Machines in maintenance mode, without Proxmox and Terraform. */
  static async ofMachines(
    change: (document: Document) => void = () => undefined,
    differences: (node: Node) => Partial<TalosMachineOptions> = () => ({}),
  ): Promise<StandaloneWorld> {
    const world = await StandaloneWorld.empty();
    world.edit(change);
    for (const node of (await world.cluster()).nodes)
      await world.talos.addMachine({ ...machineOf(node), ...differences(node) });
    return world;
  }

  /** Empty simulated servers, whose VMs boot Talos. @param vault of a world before, whose secrets are to be had again */
  static async ofServers(vault?: Vault): Promise<StandaloneWorld> {
    const world = await StandaloneWorld.empty(vault);
    const simulation = await simulate(world.file, { stateDir: world.folder });
    const bridged: TalosBridge = bridgeTalos(simulation.pve, world.talos);
    world.simulation = simulation;
    world.closing.push(
      () => bridged.close(),
      () => simulation.pve.close(),
    );
    const redirected = parseDocument(simulation.definition());
    for (const key of ['proxmox_servers', 'backend'])
      world.edit((document) => document.set(key, redirected.get(key)));
    return world;
  }

  private static async empty(vault?: Vault): Promise<StandaloneWorld> {
    const world = new StandaloneWorld(await startTalos({ timing: QUICK }), vault ?? new Vault());
    if (!vault) await world.vault.createKey();
    world.vault.addRules(world.folder);
    return world;
  }

  async close(): Promise<void> {
    for (const close of this.closing) await close();
    await this.talos.stop();
  }

  /** Changes the definition. */
  edit(change: (document: Document) => void): void {
    change(this.document);
    writeFileSync(this.file, this.document.toString());
  }

  /** As the definition says now. */
  async cluster(): Promise<Cluster> {
    const { clusters, diagnostics } = await loadDefinitions(this.file);
    const [only] = clusters;
    if (!only) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    return only.cluster;
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return {
      ...mirrorEnv(),
      ...this.simulation?.variables,
      ...this.talos.env,
      ...this.vault.env,
      CLUSTERS: join(this.folder, 'clusters'),
      CDKTF_OUTDIR: join(this.folder, 'cdktf.out'),
      XDG_RUNTIME_DIR: this.memory,
      NO_COLOR: '1',
    };
  }

  /** Runs one of our commands. */
  run = (args: readonly string[], { env, ...options }: RunOptions = {}): Promise<RunResult> =>
    runCli(args, { cwd: this.folder, timeout: 300_000, ...options, env: { ...this.env, ...env } });

  up = (...args: readonly string[]): Promise<RunResult> => this.run([...UP, ...args]);

  apply = (...args: readonly string[]): Promise<RunResult> =>
    this.run(['apply', 'home', '--wait', '60s', '--auto-approve', ...args]);

  /** A command that must go well. */
  async well(result: Promise<RunResult>): Promise<RunResult> {
    const done = await result;
    if (done.code !== 0) throw new Error(`ended with ${done.code}:\n${done.stdout}${done.stderr}`);
    return done;
  }

  /** Makes the secrets of the cluster. */
  secrets = (): Promise<RunResult> => this.well(this.run(['talos', 'secrets', 'home']));

  /** What the servers have, but for when and how often it was made. */
  vms = (): readonly unknown[] =>
    Object.values(this.simulation?.pve.sites ?? {})
      .flatMap(({ state }) => [...state.vms.values()])
      .sort((a, b) => a.vmid - b.vmid)
      .map(({ vmid, status, config }) => ({
        vmid,
        status,
        config: { ...config, meta: undefined, vmgenid: undefined },
      }));

  /** The machine of a node. */
  async machine(name: string): Promise<TalosMachine> {
    const node = (await this.cluster()).nodes.find((one) => one.name === name);
    return this.talos.machine(node?.uuid ?? '');
  }

  /** Names of machines that run in the cluster. */
  async running(): Promise<string[]> {
    const machines = await this.talos.machines();
    return machines
      .filter(({ config, stage }) => config !== '' && stage === 'running')
      .map(({ hostname }) => hostname)
      .sort();
  }

  /** Names of machines that did what they were asked for, as often as they did it. */
  async did(method: string): Promise<string[]> {
    const machines = await this.talos.machines();
    const calls = await Promise.all(
      machines.map(async ({ id, hostname }) =>
        (((await this.talos.calls(id)) as readonly TalosCall[] | null) ?? [])
          .filter((call) => call.method.endsWith(`/${method}`) && call.code === 'OK')
          .map(() => hostname),
      ),
    );
    return calls.flat().sort();
  }

  /** Every secret value of the bundle by its place. */
  async planted(): Promise<Planted> {
    const bundle = join(this.folder, 'clusters/home.talos.sops.yaml');
    const { stdout } = await this.vault.must('sops', ['decrypt', bundle]);
    return Object.fromEntries(secretsOf(parse(stdout)));
  }
}

/** Every secret value of a bundle by its place; certificates are none. */
const secretsOf = (value: unknown, path = ''): [string, string][] => {
  if (typeof value === 'string')
    return path.endsWith('.crt') || path === '.cluster.id' ? [] : [[path, value]];
  return Object.entries(value as object).flatMap(([key, item]) => secretsOf(item, `${path}.${key}`));
};

const machineOf = ({ uuid = '', nics }: Node): TalosMachineOptions => ({
  id: uuid,
  links: nics.map(({ mac }) => ({ mac })),
  addresses: nics.map(({ ip, prefix }) => `${ip}/${prefix}`),
  talos: 'v1.12.0',
});

/** `clusters/home.yaml` with other addresses, and without Omni. */
function standaloneHome(subnet: string): string {
  const text = readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8')
    .replaceAll('192.168.10.', `${subnet}.`)
    .replace(/^omni:.*\n(?: .*\n)*/m, `management: standalone\n`);
  const document = parseDocument(text);
  document.set('talos_version', 'v1.12.0');
  document.set('standalone', document.createNode({ vip: `${subnet}.50` }));
  document.setIn(
    ['images', 'talos', 'url'],
    'https://factory.talos.dev/image/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba/v1.12.0/nocloud-amd64.iso',
  );
  return document.toString();
}

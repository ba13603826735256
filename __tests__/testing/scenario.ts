import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ClusterStack, createApp } from '../../constructs';
import { formatDiagnostic } from '../../model/diagnostics/diagnostics';
import { loadDefinitions } from '../../model/load/load';
import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { simulate, type Simulation, type Site, type Vm } from '../../simulators/pve';
import { Terraform, writesOf } from '../simulators/terraform';
import { runCli } from './cli';
import { mirrorEnv, temporaryFolder } from './terraform';

const VM = 'proxmox_virtual_environment_vm';

export const addressOf = (node: string): string => `${VM}.${node}`;

/** Storages of every simulated server, whatever the definition uses at first. */
const STORAGES = [
  { id: 'local', content: ['iso', 'import', 'snippets'] as const },
  { id: 'local-lvm', type: 'lvmthin' as const, sizeGib: 100_000 },
  { id: 'tank', type: 'zfspool' as const, sizeGib: 100_000 },
  { id: 'ceph', type: 'rbd' as const, sizeGib: 100_000 },
  { id: 'nfs', type: 'nfs' as const, content: ['iso', 'import'] as const },
];

/** A standalone server; its address is replaced by that of the simulator. */
export const serverOf = (host: number, nodeName: string) => ({
  api_url: `https://10.1.0.${host}:8006/`,
  node_name: nodeName,
  network_bridge: 'vmbr0',
  storage_os: 'local-lvm',
  storage_data: 'tank',
});

/** A server of a Proxmox cluster, with its disks on shared storage. */
export const clusterMember = (host: number, nodeName: string, proxmoxCluster: string) => ({
  ...serverOf(host, nodeName),
  proxmox_cluster: proxmoxCluster,
  storage_os: 'ceph',
  storage_data: 'ceph',
});

/** A definition with one control plane and some workers, on `servers` in turn; nothing is protected. */
export function definitionOf(
  servers: NonNullable<DefinitionDraft['proxmox_servers']>,
  counts: { readonly controlPlanes?: number; readonly workers?: number } = {},
  rest: DefinitionDraft = {},
): DefinitionDraft {
  const keys = Object.keys(servers);
  const nodes = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      name: `${prefix}-${i + 1}`,
      proxmox_server: keys[i % keys.length] ?? '',
    }));
  return {
    cluster_name: 'lab',
    talos_version: 'v1.11.5',
    proxmox_servers: servers,
    network_config: { subnet: '10.1.0.0/16', gateway: '10.1.0.1', dns_servers: ['10.1.0.1'] },
    images: { talos: { url: 'https://images.example.com/talos-v1.11.5-nocloud-amd64.iso' } },
    vm_protection: false,
    defaults: {
      all: { cpu_cores: 4, memory_mb: 8192, os_disk_size_gb: 20 },
      control_planes: { first_ip: '10.1.1.1' },
      workers: { first_ip: '10.1.2.1', data_disk_size_gb: 50 },
      gpu_workers: { first_ip: '10.1.3.1' },
    },
    control_planes: nodes('cp', counts.controlPlanes ?? 1),
    workers: nodes('w', counts.workers ?? 0),
    ...rest,
  };
}

interface Slow {
  readonly allocateMs?: Readonly<Record<string, number>>;
  readonly storageLock?: { readonly timeoutMs: number; readonly pollMs: number };
}

/** A definition on simulated servers, with the real Terraform and provider: applied, changed, applied again. */
export class Scenario {
  private constructor(
    private readonly folder: string,
    readonly simulation: Simulation,
    private definition: DefinitionDraft,
    readonly terraform: Terraform,
  ) {}

  /** @param slow how long volumes take to make, by storage, and how long Proxmox waits for the lock of one */
  static async start(definition: DefinitionDraft, slow: Slow = {}): Promise<Scenario> {
    const folder = temporaryFolder();
    const file = join(folder, 'lab.yaml');
    writeFileSync(file, stringify(definition));
    const simulation = await simulate(file, {
      stateDir: folder,
      strict: true,
      adjust: (sites) =>
        sites.map((site) => ({
          ...site,
          ...(slow.storageLock ? { storageLock: slow.storageLock } : {}),
          nodes: (site.nodes ?? []).map((node) => ({
            ...node,
            bridges: ['vmbr0', 'vmbr1'],
            storages: STORAGES.map((storage) => ({
              ...storage,
              allocateMs: slow.allocateMs?.[storage.id] ?? 0,
            })),
          })),
        })),
    });
    running.push(simulation);
    const redirected = parse(simulation.definition()) as DefinitionDraft;
    const stack = await synth(folder, redirected);
    return new Scenario(folder, simulation, redirected, await Terraform.in(stack, simulation.variables));
  }

  get sites(): Site[] {
    return Object.values(this.simulation.pve.sites);
  }

  /** Changes the definition and synthesizes it. */
  async change(edit: (definition: DefinitionDraft) => void): Promise<this> {
    const changed = structuredClone(this.definition);
    edit(changed);
    this.definition = changed;
    await synth(this.folder, changed);
    return this;
  }

  /**
   * Applies what the definition says, and checks that nothing is left to do.
   * @returns the requests that changed something, and what Terraform said
   */
  async apply(...args: readonly string[]): Promise<{ readonly writes: string[]; readonly text: string }> {
    const since = this.sites.map(({ requests }) => requests.length);
    const text = await this.terraform.apply(...args);
    const writes = this.sites.flatMap((site, i) => writesOf(site, since[i]));
    const { code, text: left } = await this.terraform.plan(...args);
    if (code !== 0) throw new Error(`something is left to do:\n${left}`);
    expect(this.sites.flatMap(({ violations }) => violations)).toEqual([]);
    return { writes, text };
  }

  /** The definition as it is now, in a file. */
  get file(): string {
    return join(this.folder, 'lab.yaml');
  }

  /** Runs a command of the project on the definition, as npm does. */
  cli(...args: readonly string[]): Promise<RunResult> {
    return runCli(args, {
      env: {
        ...mirrorEnv(),
        ...this.simulation.variables,
        CLUSTERS: this.file,
        CDKTF_OUTDIR: join(this.folder, 'out'),
        NO_COLOR: '1',
      },
    });
  }

  /** Terraform in all stacks that the definition has now, sorted: the one that the others follow is first. */
  async stacks(): Promise<Terraform[]> {
    const manifest = readFileSync(join(this.folder, 'out', 'manifest.json'), 'utf8');
    const names = Object.keys((JSON.parse(manifest) as { readonly stacks: object }).stacks);
    const dirs = names.map((name) => join(this.folder, 'out', 'stacks', name));
    return Promise.all(dirs.map((dir) => Terraform.in(dir, this.simulation.variables)));
  }

  /** What the plans of all stacks would do to resources: `update proxmox_virtual_environment_vm.w-1`. */
  async planned(): Promise<string[]> {
    const found: string[] = [];
    for (const terraform of await this.stacks()) found.push(...(await terraform.planned()));
    return found.sort();
  }

  /** All VMs by name. */
  vms(): Record<string, Vm> {
    const all = this.sites.flatMap(({ state }) => [...state.vms.values()]);
    return Object.fromEntries(all.map((vm) => [String(vm.config['name']), vm]));
  }

  vm(name: string): Vm {
    const vm = this.vms()[name];
    if (!vm) throw new Error(`no VM ${name}; there are ${Object.keys(this.vms()).join(', ')}`);
    return vm;
  }

  /** What a VM that was made anew does not share with the former one, by name. */
  identities(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.vms()).map(([name, { config }]) => [name, config['vmgenid']]),
    );
  }

  /** Nothing is left of the cluster. */
  expectNothingLeft(): void {
    for (const { state } of this.sites) {
      const kept = state.volumes().filter(({ content }) => content === 'images' || content === 'iso');
      expect({ vms: [...state.vms.keys()], kept, pools: state.pools.size }).toEqual({
        vms: [],
        kept: [],
        pools: 0,
      });
    }
  }
}

const running: Simulation[] = [];

afterAll(async () => {
  await Promise.all(running.splice(0).map(({ pve }) => pve.close()));
});

/** @returns the folder of the stack */
async function synth(folder: string, definition: DefinitionDraft): Promise<string> {
  const file = join(folder, 'lab.yaml');
  writeFileSync(file, stringify(definition));
  const { clusters, diagnostics } = await loadDefinitions(file);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
  const [checked] = clusters;
  if (!checked || errors.length > 0) throw new Error(errors.join('\n'));
  process.env['CDKTF_OUTDIR'] = join(folder, 'out');
  const app = createApp();
  new ClusterStack(app, checked.cluster.name, checked);
  app.synth();
  return join(folder, 'out', 'stacks', checked.cluster.name);
}

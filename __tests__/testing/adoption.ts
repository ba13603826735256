import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import type { RunResult } from '../../scripts/lib/platform/exec';
import {
  addVolume,
  DEFAULT_SECRET,
  DEFAULT_TOKEN,
  startPve,
  type Pve,
  type Site,
  type StorageOptions,
  type Vm,
} from '../../simulators/pve';
import { Client, type Sent } from '../simulators/client';
import { Terraform, writesOf } from '../simulators/terraform';
import { runCli } from './cli';
import { mirrorEnv, runMain, temporaryFolder } from './terraform';

const STORAGES: readonly StorageOptions[] = [
  { id: 'local', content: ['iso', 'import', 'snippets'] },
  { id: 'local-lvm', type: 'lvmthin', sizeGib: 10_000 },
  { id: 'tank', type: 'zfspool', sizeGib: 10_000 },
  { id: 'files', type: 'dir', sizeGib: 10_000 },
];

export const ISO = 'local:iso/talos-v1.11.5-metal-amd64.iso';

const running: Pve[] = [];

afterAll(async () => {
  await Promise.all(running.splice(0).map((pve) => pve.close()));
});

/** Two standalone servers with VMs of somebody else, and a folder to adopt them in. */
export class Lab {
  readonly folder = temporaryFolder();
  private constructor(private readonly pve: Pve) {}

  static async start(): Promise<Lab> {
    const sites = ['pve1', 'pve2'].map((name) => ({
      name,
      agent: 'up' as const,
      nodes: [{ name, bridges: ['vmbr0', 'vmbr1'], storages: STORAGES }],
    }));
    const pve = await startPve({ sites, strict: true });
    running.push(pve);
    for (const site of Object.values(pve.sites))
      addVolume(site.state.storage(site.name, 'local'), { name: ISO.replace('local:', ''), size: 1e8 });
    const lab = new Lab(pve);
    mkdirSync(join(lab.folder, 'clusters'));
    return lab;
  }

  get sites(): Site[] {
    return Object.values(this.pve.sites);
  }

  site = (name: string): Site => this.pve.site(name);

  /** What each site has been asked so far; for `writesSince`. */
  marks = (): number[] => this.sites.map(({ requests }) => requests.length);
  writesSince = (marks: readonly number[]): string[] =>
    this.sites.flatMap((site, i) => writesOf(site, marks[i]));

  path = (name: string): string => join(this.folder, name);

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Makes a VM straight through the API, and starts it. */
  async make(server: string, vmid: number, sent: Sent): Promise<void> {
    const client = new Client(this.pve, this.site(server));
    const made = await client.task('POST', `/nodes/${server}/qemu`, { vmid, ...sent });
    const started = await client.task('POST', `/nodes/${server}/qemu/${vmid}/status/start`);
    if (`${made} ${started}` !== 'OK OK') throw new Error(`VM ${vmid}: ${made}, ${started}`);
  }

  vms(): Vm[] {
    return this.sites.flatMap(({ state }) => [...state.vms.values()]);
  }

  /** SMBIOS UUID of a VM. */
  uuid = (vmid: number): string | undefined =>
    /uuid=([0-9a-f-]+)/.exec(String(this.vms().find((vm) => vm.vmid === vmid)?.config['smbios1']))?.[1];

  /** What a VM is, and since when it runs: everything but tags, which are added on purpose. */
  identities(): Record<string, { config: Vm['config']; status: string; startedAt: unknown }> {
    return Object.fromEntries(
      this.vms().map(({ config: { tags: _, ...config }, status, startedAt, vmid }) => [
        `${String(config['name'])} ${vmid}`,
        { config, status, startedAt },
      ]),
    );
  }

  /** Servers and network, as a definition to build upon. */
  base(changes: DefinitionDraft = {}): string {
    const servers = this.sites.map(({ name, endpoint }) => [
      name,
      {
        api_url: endpoint,
        node_name: name,
        network_bridge: 'vmbr0',
        storage_os: 'local-lvm',
        tls_insecure: true,
      },
    ]);
    const definition = {
      talos_version: 'v1.11.5',
      proxmox_servers: Object.fromEntries(servers) as object,
      network_config: { subnet: '198.51.0.0/16', gateway: '198.51.0.1', dns_servers: ['198.51.0.1'] },
      ...changes,
    };
    return this.write('servers.yaml', stringify(definition));
  }

  get env(): Record<string, string> {
    const token = `${DEFAULT_TOKEN}=${DEFAULT_SECRET}`;
    return {
      ...mirrorEnv(),
      TF_VAR_proxmox_pve1_api_token: token,
      TF_VAR_proxmox_pve2_api_token: token,
      CLUSTERS: this.path('clusters'),
      CDKTF_OUTDIR: this.path('out'),
      NO_COLOR: '1',
    };
  }

  adopt(...args: readonly string[]): Promise<RunResult> {
    return runCli(['adopt', 'home', ...args], { env: this.env });
  }

  definition = (): DefinitionDraft =>
    parse(readFileSync(this.path('clusters/home.yaml'), 'utf8')) as DefinitionDraft;

  /** Synthesizes what was written, as a user does, with Terraform in the folder of the stack. */
  async stack(name = 'home'): Promise<Terraform> {
    const { code, stderr } = await runMain(this.path('clusters'), this.path('out'));
    if (code !== 0) throw new Error(stderr);
    return Terraform.in(this.path(`out/stacks/${name}`), this.env);
  }
}

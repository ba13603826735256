/** A small cluster, synthesized and initialized once, for each case a copy with simulated servers of its own. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_SECRET,
  DEFAULT_TOKEN,
  startPve,
  type Pve,
  type Site,
  type SiteOptions,
  type WebOptions,
} from '../../../simulators/pve';
import { synthesize, temporaryFolder } from '../../testing/terraform';
import { Terraform } from '../../simulators/terraform';

/** The VM that faults hit. The control plane, on the other server, stands for those that they must leave alone. */
export const VICTIM = {
  vmid: 1100,
  server: 'pve2',
  address: 'proxmox_virtual_environment_vm.worker-1',
} as const;

const SERVERS = ['pve1', VICTIM.server] as const;
/** Stands for the address of a simulated server until there is one. */
const placeholder = (server: string): string => `https://${server}.example.com:8006/`;
const IMAGE = 'https://images.example.com/talos-nocloud-amd64.iso';
/** As the product calls the file: a name of its own per cluster. */
export const IMAGE_FILE = 'talos-nocloud-amd64-reliability.iso';
const CHECKSUM = 'a'.repeat(64);

/** What an update changes: cores, which takes a restart, and the size of the data disk, which takes a task. */
const definition = ({ cores, dataGb }: { readonly cores: number; readonly dataGb: number }): string => `
cluster_name: reliability
talos_version: v1.11.5
proxmox_servers:
${SERVERS.map((name) => `  ${name}: { api_url: '${placeholder(name)}', tls_insecure: true, node_name: ${name}, network_bridge: vmbr0, storage_os: local-lvm, storage_data: local-lvm }`).join('\n')}
network_config: { subnet: 10.0.0.0/24, gateway: 10.0.0.1, dns_servers: [10.0.0.1] }
images:
  talos: { url: '${IMAGE}', checksum: 'sha256:${CHECKSUM}' }
backend: { type: local, config: { path: terraform.tfstate } }
control_planes:
  - { name: cp-1, proxmox_server: pve1, ip_address: 10.0.0.11, vm_id: 1000, os_disk_size_gb: 20, vm_protection: false }
workers:
  - { name: worker-1, proxmox_server: ${VICTIM.server}, ip_address: 10.0.0.21, vm_id: ${VICTIM.vmid}, os_disk_size_gb: 20, data_disk_size_gb: ${dataGb}, cpu_cores: ${cores}, reboot_after_update: true }
`;

const VARIANTS = {
  base: { cores: 2, dataGb: 20 },
  updated: { cores: 4, dataGb: 40 },
} as const;

export type Variant = keyof typeof VARIANTS;
/** Changes of the synthesized JSON, for what a definition does not say. */
export type Adjust = (json: StackJson) => void;

export interface StackJson {
  readonly terraform: { backend: Readonly<Record<string, unknown>> };
  readonly variable: { readonly guards: { default?: unknown } };
  readonly resource: {
    readonly proxmox_virtual_environment_vm: Record<string, Record<string, unknown>>;
  };
}

interface Template {
  readonly dir: string;
  readonly json: Readonly<Record<Variant, string>>;
}

let template: Promise<Template> | undefined;

/** Synthesized from the definition by the project's own `main.ts`, and initialized: once per file of tests. */
const prepared = (): Promise<Template> => (template ??= prepare());

async function prepare(): Promise<Template> {
  const [base, updated] = await Promise.all([synthesized('base'), synthesized('updated')]);
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'cdk.tf.json'), base);
  await Terraform.in(dir);
  return { dir, json: { base, updated } };
}

async function synthesized(variant: Variant): Promise<string> {
  const file = join(temporaryFolder(), 'reliability.yaml');
  writeFileSync(file, definition(VARIANTS[variant]));
  return JSON.stringify((await synthesize(file)).json('reliability'));
}

const server = (name: string): SiteOptions => ({
  name,
  nodes: [
    {
      name,
      storages: [
        { id: 'local', content: ['iso', 'import'] },
        { id: 'local-lvm', type: 'lvmthin' },
      ],
    },
  ],
  agent: 'up',
  web: imageWith(CHECKSUM),
});

/** What the servers find at the address of the image. */
const imageWith = (sha256: string): WebOptions => ({ files: { [IMAGE]: { checksums: { sha256 } } } });
export const RIGHT_IMAGE = imageWith(CHECKSUM);
export const OTHER_IMAGE = imageWith('b'.repeat(64));

/** One case: servers, and a folder with a state of its own. */
export class Case {
  private constructor(
    private readonly pve: Pve,
    /** The server of the victim. */
    readonly site: Site,
    readonly terraform: Terraform,
    private readonly json: Template['json'],
    private readonly adjust: Adjust,
  ) {}

  static async start(adjust: Adjust = () => undefined): Promise<Case> {
    const { dir, json } = await prepared();
    const pve = await startPve({ sites: SERVERS.map(server) });
    const folder = temporaryFolder();
    cpSync(dir, folder, { recursive: true, verbatimSymlinks: true });
    const tokens = SERVERS.map((name) => [
      `TF_VAR_proxmox_${name}_api_token`,
      `${DEFAULT_TOKEN}=${DEFAULT_SECRET}`,
    ]);
    const terraform = Terraform.initialized(folder, Object.fromEntries(tokens) as Record<string, string>);
    const one = new Case(pve, pve.site(VICTIM.server), terraform, json, adjust);
    one.write('base');
    return one;
  }

  /** Makes a variant the configuration from now on. */
  write(variant: Variant): void {
    const text = SERVERS.reduce(
      (all, name) => all.replaceAll(placeholder(name), this.pve.site(name).endpoint),
      this.json[variant],
    );
    const json = JSON.parse(text) as StackJson;
    this.adjust(json);
    writeFileSync(join(this.terraform.dir, 'cdk.tf.json'), JSON.stringify(json, null, 2));
  }

  get sites(): readonly Site[] {
    return Object.values(this.pve.sites);
  }

  close(): Promise<void> {
    return this.pve.close();
  }
}

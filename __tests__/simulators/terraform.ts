import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SECRET, DEFAULT_TOKEN, type AccessLog, type Site } from '../../simulators/pve';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { terraformBinary } from '../../scripts/lib/terraform/terraform';
import { mirrorEnv, temporaryFolder } from '../testing/terraform';

const FLAGS = ['-input=false', '-no-color'];

/** Terraform in a folder of its own, with the real provider. */
export class Terraform {
  private readonly env: Record<string, string>;

  private constructor(
    readonly dir: string,
    env: Readonly<Record<string, string>>,
  ) {
    this.env = { ...mirrorEnv(), ...env };
  }

  /** For a folder with a configuration. */
  static async in(dir: string, env: Readonly<Record<string, string>> = {}): Promise<Terraform> {
    const terraform = new Terraform(dir, env);
    await terraform.must('init');
    return terraform;
  }

  /** For a folder that `init` has been run in, or a copy of one. */
  static initialized(dir: string, env: Readonly<Record<string, string>> = {}): Terraform {
    return new Terraform(dir, env);
  }

  /** For resources of sites: the first one has the default provider, the others an alias of their name. */
  static async of(
    sites: Site | readonly Site[],
    resource: Resources,
    rest: object = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Terraform> {
    const dir = temporaryFolder();
    write(dir, [sites].flat(), resource, rest);
    return Terraform.in(dir, env);
  }

  /** Replaces the configuration. */
  change(sites: Site | readonly Site[], resource: Resources, rest: object = {}): this {
    write(this.dir, [sites].flat(), resource, rest);
    return this;
  }

  /** Sets a variable of the environment from now on. */
  set(name: string, value: string): void {
    this.env[name] = value;
  }

  /** An attribute of a resource in the state. */
  async attribute(address: string, key: string): Promise<unknown> {
    const state = JSON.parse(await this.show()) as ShownState;
    return state.values.root_module.resources.find((resource) => resource.address === address)?.values[key];
  }

  /** Addresses in the state, sorted. */
  async addresses(): Promise<string[]> {
    const { values } = JSON.parse(await this.show()) as Partial<ShownState>;
    return (values?.root_module.resources ?? []).map(({ address }) => address).sort();
  }

  private async show(): Promise<string> {
    const { stdout } = await run(terraformBinary(), ['show', '-json'], { cwd: this.dir, env: this.env });
    return stdout;
  }

  run(command: string, ...args: readonly string[]): Promise<RunResult> {
    return run(terraformBinary(), [command, ...FLAGS, ...args], {
      cwd: this.dir,
      env: this.env,
      timeout: 110_000,
    });
  }

  /** Starts a command in a process group of its own, so that it can be killed with its provider. */
  spawn(command: string, ...args: readonly string[]): ChildProcess {
    const env = { ...process.env, ...this.env };
    return spawn(terraformBinary(), [command, ...FLAGS, ...args], {
      cwd: this.dir,
      env,
      detached: true,
      stdio: 'ignore',
    });
  }

  /** Runs a command that takes none of the usual flags, and has to succeed: `state list`, `untaint ADDRESS`. */
  async plain(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(terraformBinary(), args, { cwd: this.dir, env: this.env });
    if (code !== 0) throw new Error(`terraform ${args.join(' ')}: ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Runs a command that has to succeed; the answer is what it said. */
  async must(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, ...args);
    if (code !== 0) throw new Error(`terraform ${command}: ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  apply = (...args: readonly string[]): Promise<string> => this.must('apply', '-auto-approve', ...args);
  destroy = (): Promise<string> => this.must('destroy', '-auto-approve');

  /** What an apply that has to fail says, in one line. */
  async refused(command = 'apply', ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(
      command,
      ...(command === 'plan' ? [] : ['-auto-approve']),
      ...args,
    );
    if (code !== 1) throw new Error(`terraform ${command}: expected 1, not ${code}\n${stdout}`);
    return oneLine(stderr);
  }

  /** What a plan would do to resources: `update proxmox_virtual_environment_vm.w-1`. Nothing is left out but no-ops. */
  async planned(): Promise<string[]> {
    const file = join(temporaryFolder(), 'plan');
    await this.must('plan', `-out=${file}`);
    const { resource_changes = [] } = JSON.parse(await this.plain('show', '-json', file)) as {
      readonly resource_changes?: readonly PlannedChange[];
    };
    return resource_changes
      .filter(({ mode, change }) => mode === 'managed' && change.actions.join() !== 'no-op')
      .map(({ address, change }) => `${change.actions.join('+')} ${address}`);
  }

  /** 0: nothing to do, 2: something is. Anything else fails. */
  async plan(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    const { code, stdout, stderr } = await this.run('plan', '-detailed-exitcode', ...args);
    if (code !== 0 && code !== 2) throw new Error(`terraform plan: ${code}\n${stdout}\n${stderr}`);
    return { code, text: oneLine(stdout) };
  }
}

interface PlannedChange {
  readonly address: string;
  readonly mode: string;
  readonly change: { readonly actions: readonly string[] };
}

interface ShownState {
  readonly values: {
    readonly root_module: {
      readonly resources: readonly {
        readonly address: string;
        readonly values: Readonly<Record<string, unknown>>;
      }[];
    };
  };
}

/** By type and name. */
export type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Without frames and line breaks. */
export const oneLine = (text: string): string => text.replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');

function write(dir: string, sites: readonly Site[], resource: Resources, rest: object): void {
  const proxmox = sites.map(({ name, endpoint }, index) => ({
    ...(index === 0 ? {} : { alias: name }),
    endpoint,
    insecure: true,
    api_token: `${DEFAULT_TOKEN}=${DEFAULT_SECRET}`,
  }));
  const json = {
    terraform: { required_providers: { proxmox: { source: 'bpg/proxmox', version: '0.111.1' } } },
    provider: { proxmox },
    ...(Object.keys(resource).length > 0 ? { resource } : {}),
    ...rest,
  };
  writeFileSync(join(dir, 'main.tf.json'), JSON.stringify(json, null, 2));
}

export const VM = 'proxmox_virtual_environment_vm';

/** All keys of a network device: as an attribute in JSON it needs every one. */
export const nic = (changes: Readonly<Record<string, unknown>> = {}): unknown => ({
  bridge: 'vmbr0',
  model: 'virtio',
  firewall: false,
  mac_address: 'BC:24:11:00:00:01',
  disconnected: null,
  enabled: null,
  mtu: null,
  queues: null,
  rate_limit: null,
  trunks: null,
  vlan_id: null,
  ...changes,
});

export const disk = (name: string, changes: Readonly<Record<string, unknown>> = {}): unknown => ({
  interface: name,
  datastore_id: 'local-lvm',
  size: 20,
  file_format: 'raw',
  iothread: true,
  discard: 'on',
  ssd: true,
  ...changes,
});

/** A VM as our product asks for it, without agent. */
export const vm = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  node_name: 'pve1',
  vm_id: 1000,
  name: 'talos-1',
  machine: 'q35',
  bios: 'ovmf',
  scsi_hardware: 'virtio-scsi-single',
  efi_disk: { datastore_id: 'local-lvm', type: '4m', file_format: 'raw', pre_enrolled_keys: false },
  cdrom: { file_id: 'local:iso/talos.iso', interface: 'ide2' },
  disk: [disk('scsi0'), disk('scsi1')],
  boot_order: ['scsi0', 'ide2'],
  cpu: { cores: 2, type: 'host' },
  memory: { dedicated: 4096 },
  network_device: [nic()],
  operating_system: { type: 'l26' },
  agent: { enabled: false },
  stop_on_destroy: true,
  tags: ['b', 'talos'],
  ...changes,
});

/** Requests that change something, from `since` on: `PUT qemu/1000/config`. */
export const writesOf = (site: Site, since = 0): string[] =>
  site.requests
    .slice(since)
    .filter(isWrite)
    .map(({ method, path }) => `${method} ${path.replace(/^\/nodes\/[^/]+\//, '')}`);

const isWrite = ({ method }: AccessLog): boolean => method !== 'GET';

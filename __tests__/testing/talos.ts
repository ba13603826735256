import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loopbackSubnet,
  type Talos,
  type TalosctlVersion,
  type TalosMachineOptions,
} from '../../simulators/talos';
import type { RunResult } from '../../scripts/lib/platform/exec';

/** Of simulated machines: as long as a test must wait, and no longer. */
export const QUICK = { apply: 0, install: 50, reboot: 100, boot: 50, upgrade: 50, pull: 0 };

/** `talosMachine(1)` is 11111111-1111-4111-8111-000000000001 at …​.11 of the subnet of this process. */
export function talosMachine(n: number, changes: Partial<TalosMachineOptions> = {}): TalosMachineOptions {
  const subnet = loopbackSubnet();
  return {
    id: `11111111-1111-4111-8111-${String(n).padStart(12, '0')}`,
    addresses: [`${subnet}.${10 + n}/24`],
    gateways: [`${subnet}.1`],
    links: [{ mac: `BC:24:11:01:00:${n.toString(16).padStart(2, '0')}` }],
    talos: 'v1.12.0',
    ...changes,
  };
}

/** Where `talosMachine(n)` is to be had. */
export const talosAddress = (n: number): string => `${loopbackSubnet()}.${10 + n}`;

/** One cluster as a person makes it with talosctl, in a folder of its own. */
export class TalosCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'talos-cluster-'));

  constructor(
    readonly talos: Talos,
    readonly version: TalosctlVersion,
  ) {}

  /** What talosctl printed, both streams. Throws that when it fails. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`talosctl ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout + stderr;
  }

  run(...args: readonly string[]): Promise<RunResult> {
    const { folder, version } = this;
    return this.talos.talosctl(args, { version, cwd: folder, talosconfig: join(folder, 'talosconfig') });
  }

  /** For a node of the cluster, which is asked itself. */
  on(n: number, ...args: readonly string[]): Promise<RunResult> {
    return this.run('--nodes', talosAddress(n), '--endpoints', talosAddress(n), ...args);
  }

  /** What `on` printed; throws that when it fails. */
  mustOn(n: number, ...args: readonly string[]): Promise<string> {
    return this.must('--nodes', talosAddress(n), '--endpoints', talosAddress(n), ...args);
  }

  /** Secrets and configurations; the first machine is where Kubernetes is to be had, unless another address is given. */
  async generate(kubernetes = talosAddress(1), ...args: readonly string[]): Promise<void> {
    const { talos } = await this.talos.machine(talosMachine(1).id);
    const schematic = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';
    const image = `factory.talos.dev/nocloud-installer/${schematic}:${talos}`;
    await this.must('gen', 'secrets', '--output-file', 'secrets.yaml');
    await this.must(
      ...['gen', 'config', 'test', `https://${kubernetes}:6443`, '--with-secrets', 'secrets.yaml'],
      ...['--install-disk', '/dev/sda', '--install-image', image, '--force', ...args],
    );
  }

  async apply(n: number, role: 'controlplane' | 'worker'): Promise<void> {
    await this.must('apply-config', '--insecure', '--nodes', talosAddress(n), '--file', `${role}.yaml`);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, type RunOptions, type RunResult } from '../../scripts/lib/platform/exec';
import { BIN_DIR } from '../../tools/paths';
import { ensureTools, KUBERNETES_PROGRAMS, programPath } from '../../tools/programs';
import { controlAt, startChild } from '../child';
import type { MachineFaults, MachineTiming, TalosCall, TalosMachine, TalosMachineOptions } from './options';
import { specOf } from './spec';

/** Machines that run Talos, and what a test may do to them. A machine is named by its SMBIOS UUID in lower case. */
export interface Talos {
  /** Environment of children: empty HOME, no talosconfig, and PATH with the real talosctl first. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Plugs a machine in, and boots it. @returns its id */
  addMachine(machine: TalosMachineOptions): Promise<string>;
  /** In the order in which they were added. */
  machines(): Promise<readonly TalosMachine[]>;
  machine(id: string): Promise<TalosMachine>;
  /** What it was asked, oldest first. */
  calls(id: string): Promise<readonly TalosCall[]>;
  /** Pulls the plug, or puts it in; in is a reset, if it was in. */
  power(id: string, on: boolean): Promise<void>;
  /** Replaces its faults; `{}` ends them. */
  fault(id: string, faults: MachineFaults): Promise<void>;
  /** An empty system disk, for a machine that is off. */
  wipe(id: string): Promise<void>;
  /** Another address by DHCP, as CIDR, for a machine that is off. */
  lease(id: string, address: string): Promise<void>;
  /** Makes it the only node of a cluster that nobody has the secrets of. */
  makeForeign(id: string): Promise<void>;
  /** As if it had never been there; what it was a member of still counts it. */
  removeMachine(id: string): Promise<void>;
  /** Runs the real talosctl. */
  talosctl(args: readonly string[], options?: TalosctlOptions): Promise<RunResult>;
  stop(): Promise<void>;
}

export interface TalosctlOptions extends Pick<RunOptions, 'cwd' | 'timeout' | 'signal'> {
  /** @default '1.12' */
  readonly version?: TalosctlVersion;
  /** File. @default none */
  readonly talosconfig?: string;
}

export type TalosctlVersion = '1.12' | '1.13';

export interface TalosOptions {
  readonly machines?: readonly TalosMachineOptions[];
  /** Of all machines, unless one has its own. */
  readonly timing?: MachineTiming;
  /** A real etcd and Kubernetes below the machines; `missingTools` says whether their long builds are at hand. @default played */
  readonly kubernetes?: boolean;
  /** Ends itself after this time, should nobody do it. @default 30 minutes */
  readonly maxLifeMs?: number;
}

/** Starts a program that plays machines. Throws what to do if its tools are not to be had. */
export async function startTalos(options: TalosOptions = {}): Promise<Talos> {
  const { machines = [], timing = {}, kubernetes = false, maxLifeMs = 1_800_000 } = options;
  const tools = await ensureTools(['talosctl', 'talos-bench', ...(kubernetes ? KUBERNETES_PROGRAMS : [])]);
  if (!tools.ok) throw new Error(tools.how);
  const folder = mkdtempSync(join(tmpdir(), 'talos-'));
  const args = ['-folder', folder, `-life=${maxLifeMs}ms`, ...(kubernetes ? ['-kubernetes', BIN_DIR] : [])];
  const bench = await startChild('talos-bench', programPath('talos-bench'), args, 'ready\n');
  const control = controlAt('talos-bench', join(folder, 'control.sock'));
  const env = {
    TALOSCONFIG: undefined,
    KUBECONFIG: undefined,
    HOME: folder,
    PATH: [tools.dir, process.env['PATH'] ?? ''].join(delimiter),
  };
  const talos: Talos = {
    env,
    addMachine: async (machine) => {
      const address = machine.address ?? machine.addresses?.[0]?.split('/')[0];
      await control('POST', 'machines', { ...specOf(machine, { ...timing, ...machine.timing }), address });
      return machine.id.toLowerCase();
    },
    machines: () => control('GET', 'machines'),
    machine: async (id) => {
      const found = (await talos.machines()).find((machine) => machine.id === id);
      if (!found) throw new Error(`no machine ${id}`);
      return found;
    },
    calls: (id) => control('GET', `machines/${id}/calls`),
    power: (id, on) => control('PUT', `machines/${id}/power`, on),
    fault: (id, faults) => control('PUT', `machines/${id}/faults`, faults),
    wipe: (id) => control('PUT', `machines/${id}/wiped`, true),
    lease: (id, address) => control('PUT', `machines/${id}/leased`, address),
    makeForeign: (id) => control('PUT', `machines/${id}/foreign`, true),
    removeMachine: (id) => control('DELETE', `machines/${id}`),
    talosctl: async (talosctlArgs, { version = '1.12', talosconfig, ...given } = {}) => {
      const program = version === '1.13' ? 'talosctl-1.13' : 'talosctl';
      const built = await ensureTools([program]);
      if (!built.ok) throw new Error(built.how);
      return run(programPath(program), talosctlArgs, {
        env: { ...env, TALOSCONFIG: talosconfig },
        cwd: folder,
        timeout: 60_000,
        ...given,
      });
    },
    stop: async () => {
      await bench.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    for (const machine of machines) await talos.addMachine(machine);
  } catch (error) {
    await talos.stop();
    throw error;
  }
  return talos;
}

/**
 * A subnet of 127.0.0.0/8 that no other process of this computer takes: tests may run at the same time.
 * @returns `127.20.3`, to which the last part of an address is added
 */
export function loopbackSubnet(pid: number = process.pid): string {
  return `127.${16 + ((pid >> 8) % 224)}.${pid & 0xff}`;
}

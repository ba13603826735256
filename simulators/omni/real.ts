/** A real Omni with machines that it can manage. See tools/talos-node/README.md. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseJsonStream } from '../../model/support/json-stream';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { ensureTools, programPath } from '../../tools/programs';
import { controlAt, startChild } from '../child';
import { specOf, type MachineFaults, type MachineTiming, type TalosMachine } from '../talos';
import type { MachineOptions, OmniResource } from './options';
import type { Environment, Omni } from './start';

/** What a test may do to a real Omni: the same as to a simulated one, but for its faults and its record of writes. */
export interface RealOmni extends Pick<
  Omni,
  | 'endpoint'
  | 'env'
  | 'readerEnv'
  | 'addMachine'
  | 'addMachines'
  | 'removeMachine'
  | 'resources'
  | 'omnictl'
  | 'stop'
> {
  /** All machines, in the order in which they were added, as they are in themselves. */
  machines(): Promise<readonly TalosMachine[]>;
  /** What `power` does, as the simulated Omni has it. */
  updateMachine(id: string, changes: { readonly connected: boolean }): Promise<void>;
  /** Pulls the plug of a machine, or puts it in. Omni calls it disconnected within half a minute. */
  power(id: string, on: boolean): Promise<void>;
  /** Replaces the faults of a machine. */
  faultMachine(id: string, faults: MachineFaults): Promise<void>;
  /** What the server has logged, for a failing test. */
  log(): string;
}

export interface RealOmniOptions {
  readonly machines?: readonly MachineOptions[];
  /** How long a machine takes for its steps, in milliseconds. */
  readonly timing?: MachineTiming;
  /** The licence agreement is accepted. @default true */
  readonly eula?: boolean;
  /** Ends itself after this time, should nobody do it. @default 30 minutes */
  readonly maxLifeMs?: number;
}

/**
 * A network of its own, and mounts: a WireGuard device is configured through a socket that is named by its interface. Who is not
 * root is it in a user namespace.
 */
const ownSpaces = (): string[] => ['-n', '-m', ...(process.getuid?.() === 0 ? [] : ['-r'])];

/** Why a real Omni cannot run on this machine; `undefined` if it can, as far as is known before the build. */
export function whyNoRealOmni(): string | undefined {
  if (process.platform !== 'linux') return 'it runs on Linux only';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  const spaces = spawnSync('unshare', [...ownSpaces(), '--', 'true'], { encoding: 'utf8' });
  if (spaces.status !== 0)
    return `it needs root, or user namespaces (${spaces.error?.message ?? spaces.stderr.trim()})`;
  return undefined;
}

/** Starts Omni in a network namespace of its own. Throws what to do if its tools are not to be had. */
export async function startRealOmni(options: RealOmniOptions = {}): Promise<RealOmni> {
  const { machines = [], timing = {}, eula = true, maxLifeMs = 1_800_000 } = options;
  const tools = await ensureTools(['omnictl', 'omni-real', 'omni-bench']);
  if (!tools.ok) throw new Error(tools.how);
  const folder = mkdtempSync(join(tmpdir(), 'omni-real-'));
  const log = (): string => readFileSync(join(folder, 'omni.log'), 'utf8');
  const bench = await startChild(
    'omni-bench',
    'unshare',
    [
      ...[...ownSpaces(), '--', programPath('omni-bench'), '-omni', programPath('omni-real')],
      ...['-folder', folder, `-eula=${eula}`, `-life=${maxLifeMs}ms`],
    ],
    'ready\n',
  );
  const door = await openDoor(join(folder, 'omni.sock'));
  const endpoint = `https://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const envWith = (key: string): Environment => ({
    OMNI_ENDPOINT: endpoint,
    OMNI_SERVICE_ACCOUNT_KEY: key,
    SIDERO_SERVICE_ACCOUNT_KEY: undefined,
    OMNICONFIG: undefined,
    XDG_CONFIG_HOME: undefined,
    SSL_CERT_FILE: join(folder, 'tls.crt'),
    HOME: folder,
    PATH: [tools.dir, process.env['PATH'] ?? ''].join(delimiter),
  });
  const admin = envWith(readFileSync(join(folder, 'admin.key'), 'utf8').trim());
  const omnictl = (args: readonly string[], given: object = {}, env = admin): Promise<RunResult> =>
    run(programPath('omnictl'), args, { env, timeout: 60_000, ...given });
  const stop = async (): Promise<void> => {
    door.close();
    await bench.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const control = controlAt('omni-bench', join(folder, 'control.sock'));
  try {
    const keys = eula ? await Promise.all(['Operator', 'Reader'].map((role) => keyOf(role, omnictl))) : [];
    const [env = admin, readerEnv = admin] = keys.map(envWith);
    const omni: RealOmni = {
      endpoint,
      env,
      readerEnv,
      log,
      stop,
      omnictl: (args, given) => omnictl(args, given, env),
      addMachine: async (machine) => (await omni.addMachines([machine]))[0] ?? '',
      addMachines: async (added) => {
        for (const machine of added) {
          const kernelArgs = ['siderolink.api=https://omni.example.com?jointoken=secret'];
          await control('POST', 'machines', { ...specOf(machine, timing), kernelArgs });
        }
        return added.map(({ id }) => id.toLowerCase());
      },
      removeMachine: async (id) => {
        const removed = await omnictl(['delete', 'link', id]);
        if (removed.code !== 0) throw new Error(removed.stderr);
      },
      resources: async (type, cluster) => {
        const filter = cluster === undefined ? [] : ['-l', `${CLUSTER_LABEL}=${cluster}`];
        const asked = await omnictl(['get', type.toLowerCase(), '-o', 'json', ...filter]);
        if (asked.code !== 0) throw new Error(asked.stderr);
        return resourcesOf(type, asked.stdout);
      },
      machines: () => control('GET', 'machines'),
      updateMachine: (id, { connected }) => omni.power(id, connected),
      power: (id, on) => control('PUT', `machines/${id}/power`, on),
      faultMachine: (id, faults) => control('PUT', `machines/${id}/faults`, faults),
    };
    await omni.addMachines(machines);
    return omni;
  } catch (error) {
    await stop();
    throw error;
  }
}

const CLUSTER_LABEL = 'omni.sidero.dev/cluster';

/** Makes a service account with a role. @returns its key */
async function keyOf(
  role: string,
  omnictl: (args: readonly string[]) => Promise<RunResult>,
): Promise<string> {
  const made = await omnictl([
    ...[
      'serviceaccount',
      'create',
      role.toLowerCase(),
      '--use-user-role=false',
      '--role',
      role,
      '--ttl',
      '24h',
    ],
  ]);
  const key = /OMNI_SERVICE_ACCOUNT_KEY=(\S+)/.exec(made.stdout)?.[1];
  if (key === undefined) throw new Error(`no service account ${role}: ${made.stderr}`);
  return key;
}

/** A port of this network that leads to a socket. */
function openDoor(socket: string): Promise<Server> {
  const server = createServer((client) => {
    const inside = connect(socket);
    client.on('error', () => inside.destroy()).on('close', () => inside.destroy());
    inside.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(inside).pipe(client);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Printed {
  readonly metadata: {
    readonly id: string;
    readonly phase: OmniResource['phase'];
    readonly version: number | string;
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly annotations?: Readonly<Record<string, unknown>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Reads what `omnictl get -o json` printed. */
function resourcesOf(type: string, text: string): OmniResource[] {
  const texts = (values: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
    Object.fromEntries(
      // omnictl prints an empty text as null.
      Object.entries(values).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value),
      ]),
    );
  return (parseJsonStream(text).values as Printed[]).map(({ metadata, spec }) => ({
    type,
    id: metadata.id,
    phase: metadata.phase,
    version: Number(metadata.version),
    spec,
    labels: texts(metadata.labels),
    annotations: texts(metadata.annotations),
    finalizers: metadata.finalizers ?? [],
  }));
}

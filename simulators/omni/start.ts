import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { ensureTools, programPath } from '../../tools/programs';
import { startChild } from '../child';
import type { MachineOptions, OmniFaults, OmniOptions, OmniResource, OmniWrite } from './options';

/** A running Omni: what the scripts need to talk to it, and what a test may do to it. */
export interface Omni {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Service account keys by role. */
  readonly keys: Readonly<Record<'operator' | 'reader', string>>;
  /** Environment of children: endpoint, key of the operator, empty HOME, and PATH with the real omnictl first. */
  readonly env: Environment;
  /** The same with the key of the reader. */
  readonly readerEnv: Environment;
  /** Joins a machine; the answer is its id in Omni. */
  addMachine(machine: MachineOptions): Promise<string>;
  /** Joins many at once, for which it is quicker. */
  addMachines(machines: readonly MachineOptions[]): Promise<readonly string[]>;
  /** Changes what is given and keeps the rest: `{ connected: false }`. */
  updateMachine(id: string, changes: Partial<MachineOptions>): Promise<void>;
  /** Forgets it, as if a user had removed the machine from Omni. */
  removeMachine(id: string): Promise<void>;
  /** Replaces all faults; `{}` ends them. */
  fault(faults: OmniFaults): Promise<void>;
  /** By short name of the type: `MachineSetNodes`, `ConfigPatches`; only those of a cluster if one is named. */
  resources(type: string, cluster?: string): Promise<readonly OmniResource[]>;
  /** Calls so far that wanted to change something, refused ones too, oldest first. */
  writes(): Promise<readonly OmniWrite[]>;
  /** Runs the real omnictl. @param options as of `run`; a time limit of 30 s unless another is given */
  omnictl(args: readonly string[], options?: OmnictlOptions): Promise<RunResult>;
  /** Ends the server, and removes its HOME. */
  stop(): Promise<void>;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<unknown>;
}

/** `undefined` removes a variable. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface OmnictlOptions {
  /** @default the operator's */
  readonly env?: Environment;
  readonly cwd?: string;
  /** Milliseconds. @default 30000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** First line of the server's output. */
interface Started {
  readonly endpoint: string;
  readonly control: string;
  readonly keys: Omni['keys'];
}

/** Starts a server on 127.0.0.1, with a port of its own. Throws what to do if its tools are not to be had. */
export async function startOmni(options: OmniOptions = {}): Promise<Omni> {
  const {
    machines = [],
    readyAfterMs = 1000,
    faults,
    maxLifeMs = 600_000,
    embeddedDiscovery = true,
  } = options;
  const tools = await ensureTools(['omnictl', 'omni-server']);
  if (!tools.ok) throw new Error(tools.how);
  const server = await startChild(
    'omni-server',
    programPath('omni-server'),
    [
      `-ready-after=${readyAfterMs}ms`,
      `-max-life=${maxLifeMs}ms`,
      `-embedded-discovery=${embeddedDiscovery}`,
    ],
    '\n',
  );
  const { endpoint, control, keys } = JSON.parse(server.output) as Started;
  const home = mkdtempSync(join(tmpdir(), 'omni-home-'));
  const envWith = (key: string): Environment => ({
    OMNI_ENDPOINT: endpoint,
    OMNI_SERVICE_ACCOUNT_KEY: key,
    SIDERO_SERVICE_ACCOUNT_KEY: undefined,
    OMNICONFIG: undefined,
    XDG_CONFIG_HOME: undefined,
    HOME: home,
    PATH: [tools.dir, process.env['PATH'] ?? ''].join(delimiter),
  });
  const env = envWith(keys.operator);
  const call = caller(control);
  const omni: Omni = {
    endpoint,
    keys,
    env,
    readerEnv: envWith(keys.reader),
    ended: server.ended,
    addMachine: async (machine) => (await omni.addMachines([machine]))[0] ?? '',
    addMachines: (added) => call<readonly string[]>('POST', 'machines', added),
    updateMachine: (id, changes) => call('PATCH', `machines/${id}`, changes),
    removeMachine: (id) => call('DELETE', `machines/${id}`),
    fault: (wanted) => call('PUT', 'faults', wanted),
    resources: async (type, cluster) => {
      const all = await call<readonly OmniResource[]>('GET', `resources/${type}`);
      return cluster === undefined ? all : all.filter(({ labels }) => labels[CLUSTER_LABEL] === cluster);
    },
    writes: () => call('GET', 'writes'),
    omnictl: (args, given = {}) => run(programPath('omnictl'), args, { env, timeout: 30_000, ...given }),
    stop: async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  try {
    if (machines.length > 0) await omni.addMachines(machines);
    if (faults) await omni.fault(faults);
  } catch (error) {
    await omni.stop();
    throw error;
  }
  return omni;
}

const CLUSTER_LABEL = 'omni.sidero.dev/cluster';

/** Calls the server's control interface. */
function caller(base: string) {
  return async <T = void>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${base}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`omni-server: ${method} ${path}: ${text.trim()}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
}

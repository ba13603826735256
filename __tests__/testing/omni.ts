import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOmni, type MachineOptions, type Omni, type OmniOptions } from '../../simulators/omni';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { temporaryFolder } from './terraform';

/** `describe`, or a skipped one where omnictl is not to be had: `setup.ts` has said so loudly. */
export const describeOmni = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;

const running: Omni[] = [];

/** A server that is gone after the test. */
export async function omniWith(options: OmniOptions = {}): Promise<Omni> {
  const omni = await startOmni({ readyAfterMs: 300, ...options });
  running.push(omni);
  return omni;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((omni) => omni.stop()));
});

/** `machineId(1)` is `11111111-1111-4111-8111-000000000001`. */
export const machineId = (n: number): string => `11111111-1111-4111-8111-${String(n).padStart(12, '0')}`;

export const machine = (n: number, changes: Partial<MachineOptions> = {}): MachineOptions => ({
  id: machineId(n),
  links: [{ mac: `BC:24:11:01:00:${n.toString(16).padStart(2, '0')}` }],
  addresses: [`192.168.10.${100 + n}/24`],
  ...changes,
});

export const machines = (count: number): MachineOptions[] =>
  Array.from({ length: count }, (_, index) => machine(index + 1));

export interface TemplateOptions {
  readonly name?: string;
  readonly talos?: string;
  readonly kubernetes?: string;
  readonly controlPlanes?: readonly number[];
  readonly workers?: readonly number[];
  /** Of the cluster. */
  readonly extensions?: readonly string[];
  readonly features?: object;
  /** Further documents. */
  readonly rest?: readonly object[];
}

/** A small template, as a file. JSON is YAML. */
export function template(options: TemplateOptions = {}): string {
  const { name = 'homelab', talos = 'v1.11.5', kubernetes = 'v1.33.4', rest = [] } = options;
  const { controlPlanes = [1], workers = [2, 3], extensions, features } = options;
  const documents = [
    {
      kind: 'Cluster',
      name,
      kubernetes: { version: kubernetes },
      talos: { version: talos },
      ...(features === undefined ? {} : { features }),
      ...(extensions === undefined ? {} : { systemExtensions: extensions }),
    },
    { kind: 'ControlPlane', machines: controlPlanes.map(machineId) },
    ...(workers.length > 0 ? [{ kind: 'Workers', machines: workers.map(machineId) }] : []),
    ...rest,
  ];
  const file = join(temporaryFolder(), `${name}.yaml`);
  writeFileSync(file, documents.map((document) => JSON.stringify(document)).join('\n---\n'));
  return file;
}

/** `omnictl cluster template sync`. */
export const sync = (
  omni: Pick<Omni, 'omnictl'>,
  file: string,
  ...args: readonly string[]
): Promise<RunResult> => omni.omnictl(['cluster', 'template', 'sync', '-f', file, ...args]);

/** Its lines without the star, sorted: the order inside a type is random. */
export const linesOf = ({ stdout }: RunResult): string[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/^\* /, '').replaceAll('.omni.sidero.dev', ''))
    .sort();

/** Checks again and again until it holds, for ten seconds: what the server does by itself takes a moment. */
export async function eventually(check: () => void | Promise<void>, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
      await sleep(50);
    }
  }
}

import { z } from 'zod';
import { parseJsonStream } from '../support/json-stream';
import { fullName } from './extensions';

/** Who a machine is, told by itself. */
export interface MachineIdentity {
  /** SMBIOS UUID in lower case; "" where it does not say. */
  readonly uuid: string;
  /** Lower case, of its network cards. */
  readonly macs: readonly string[];
}

/** How far a configured machine is. */
export interface MachineStage {
  /** `booting`, `running`, `rebooting` … */
  readonly stage: string;
  readonly ready: boolean;
  /** What it still waits for, as it says it. */
  readonly unmet: readonly string[];
}

/** A machine that others of its cluster know. */
export interface ClusterMember {
  readonly hostname: string;
  readonly addresses: readonly string[];
}

const text = z.string();
const resource = <Shape extends z.ZodType>(spec: Shape) => z.object({ spec });

const information = resource(z.object({ uuid: text.optional() }));
const link = resource(
  z.object({ type: text.optional(), hardwareAddr: text.optional(), permanentAddr: text.optional() }),
);
const status = resource(
  z.object({
    stage: text,
    status: z.object({
      ready: z.boolean(),
      unmetConditions: z.array(z.object({ name: text, reason: text })).nullish(),
    }),
  }),
);
const booted = resource(z.object({ version: text }));
const kubelet = resource(z.object({ image: text }));
const extension = resource(z.object({ metadata: z.object({ name: text, version: text }) }));
const member = resource(z.object({ hostname: text, addresses: z.array(text).nullish() }));

/** The resources that `talosctl get … -o json` has printed; those of another form are left out. */
function specs<Spec>(answer: string, schema: z.ZodType<{ readonly spec: Spec }>): Spec[] {
  return parseJsonStream(answer).values.flatMap((value) => {
    const read = schema.safeParse(value);
    return read.success ? [read.data.spec] : [];
  });
}

/** @param answers of `get systeminformation` and `get links` */
export function readIdentity(answers: { readonly system: string; readonly links: string }): MachineIdentity {
  const uuid = specs(answers.system, information)[0]?.uuid?.toLowerCase() ?? '';
  const macs = specs(answers.links, link).flatMap(({ hardwareAddr, permanentAddr }) =>
    [permanentAddr, hardwareAddr].flatMap((mac) => (mac ? [mac.toLowerCase()] : [])),
  );
  return { uuid, macs: [...new Set(macs)] };
}

/** @param answer of `get machinestatus`; undefined where it does not tell */
export function readStage(answer: string): MachineStage | undefined {
  const [read] = specs(answer, status);
  if (!read) return undefined;
  const { ready, unmetConditions } = read.status;
  return {
    stage: read.stage,
    ready,
    unmet: (unmetConditions ?? []).map(({ name, reason }) => `${name}: ${reason}`),
  };
}

/** @param answer of `get members` */
export const readMembers = (answer: string): ClusterMember[] =>
  specs(answer, member).map(({ hostname, addresses }) => ({ hostname, addresses: addresses ?? [] }));

/** What a node was installed with. @param answer of `get extensions` */
export function readExtensions(answer: string): { readonly names: string[]; readonly schematic?: string } {
  const all = specs(answer, extension).map(({ metadata }) => metadata);
  const schematic = all.find(({ name }) => name === 'schematic')?.version;
  // The last one lists the kernel modules of all of them.
  const names = all.map(({ name }) => name).filter((name) => name !== 'schematic' && name !== 'modules.dep');
  return { names: names.map(fullName), ...(schematic === undefined ? {} : { schematic }) };
}

/** Hostnames in the table of `etcd members`, which has no other form. Learners are members that do not vote yet. */
export function readEtcdMembers(answer: string): { readonly hostname: string; readonly learner: boolean }[] {
  const [head = '', ...lines] = answer.split('\n').filter((line) => line.trim() !== '');
  const at = head
    .trim()
    .split(/\s{2,}/)
    .indexOf('HOSTNAME');
  if (at < 0) return [];
  return lines.map((line) => {
    const cells = line.trim().split(/\s{2,}/);
    return { hostname: cells[at] ?? '', learner: cells.at(-1) === 'true' };
  });
}

/** The server's part of what `version` prints; undefined where no server answered. */
export const readVersion = (answer: string): string | undefined =>
  /Server:[\s\S]*?Tag:\s*(v\S+)/.exec(answer)?.[1];

/** Version that a machine has booted. @param answer of `get version`, which maintenance mode also gives */
export const readBootedVersion = (answer: string): string | undefined =>
  specs(answer, booted)[0]?.version.match(/^v\d+\.\d+\.\d+\S*$/)?.[0];

/** The machine configuration in an answer of `get machineconfig`, as text; undefined where it has none. */
export function readMachineConfig(answer: string): string | undefined {
  const value = parseJsonStream(answer).values.find((one) => {
    const id = (one as { metadata?: { id?: unknown } } | null)?.metadata?.id;
    return id === 'v1alpha1';
  });
  const spec = (value as { spec?: unknown } | undefined)?.spec;
  return typeof spec === 'string' ? spec : spec === undefined ? undefined : JSON.stringify(spec);
}

/** What `apply-config --dry-run` says that it would do with a running machine. */
export const needsReboot = (answer: string): boolean => /with a reboot/.test(answer);

/** Version of the kubelet, by its image. @param answer of `get kubeletspec` */
export const readKubeletVersion = (answer: string): string | undefined =>
  specs(answer, kubelet)[0]?.image.match(/:(v[^@]+)/)?.[1];

/*
 * npm run bench:terraform [-- --sizes 100,300 --plan 1000 --runs 3 --backend http]: Terraform with the real provider on simulated
 * servers with instant tasks: apply, plan and destroy, and synth + plan of new VMs, beside the same VMs as hand-written HCL with
 * `for_each`, and beside that HCL with our outputs. Seconds of processor time of whole process trees, in turn, medians.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../scripts/lib/platform/exec';
import { terraformBinary } from '../scripts/lib/terraform/terraform';
import { simulate, type Simulation } from '../simulators/pve';
import { ensureMirror } from '../tools/mirror';
import { PROJECT_ROOT } from '../tools/paths';
import { benchDefinition } from './definition';
import { handWritten, outputsOf, type Stack } from './hcl';
import { stateServer, type StateServer } from './state-server';

const flag = (name: string, fallback: string): string =>
  process.argv.includes(name) ? (process.argv[process.argv.indexOf(name) + 1] ?? '') : fallback;
const numbers = (text: string): number[] => (text === '' ? [] : text.split(',').map(Number));

const SIZES = numbers(flag('--sizes', '100,300'));
const PLAN_SIZES = numbers(flag('--plan', '1000'));
const RUNS = Number(flag('--runs', '3'));
const BACKEND = flag('--backend', 'local');

/** Ours, hand-written HCL, and that HCL with the outputs that ours has. */
const PROGRAMS = ['ours', 'hcl', 'same'] as const;
type Program = (typeof PROGRAMS)[number];

type Env = Readonly<Record<string, string>>;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Seconds of processor time of a command and all that it starts. */
async function processorTime(command: readonly string[], cwd: string, env: Env): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@" 2>&1';
  const result = await run('bash', ['-c', script, 'bash', ...command], { cwd, env });
  if (result.code !== 0) throw new Error(`${command.join(' ')}:\n${result.stdout}\n${result.stderr}`);
  const [user = NaN, system = NaN] = result.stderr.trim().split(' ').map(Number);
  return user + system;
}

/** A bench cluster on its servers, as each of the programs. */
class Bench {
  private constructor(
    private readonly folder: string,
    private readonly simulation: Simulation,
    private readonly states: StateServer | undefined,
    private readonly env: Env,
  ) {}

  static async of(size: number, mirror: Env): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const file = join(folder, 'bench.yaml');
    writeFileSync(file, benchDefinition(size));
    const simulation = await simulate(file, { stateDir: folder });
    writeFileSync(
      file,
      simulation
        .definition()
        .replace('control_planes:\n    first_ip', 'control_planes:\n    vm_protection: false\n    first_ip'),
    );
    const states = BACKEND === 'http' ? await stateServer() : undefined;
    const paths = { CLUSTERS: file, CDKTF_OUTDIR: join(folder, 'out') };
    const bench = new Bench(folder, simulation, states, { ...mirror, ...simulation.variables, ...paths });
    await bench.synth();
    for (const program of PROGRAMS) await bench.write(program);
    return bench;
  }

  synth(): Promise<number> {
    return processorTime([process.execPath, '-r', './tools/register.cjs', 'main.ts'], PROJECT_ROOT, this.env);
  }

  terraform(program: Program, ...args: readonly string[]): Promise<number> {
    const command = [terraformBinary(), ...args, '-input=false', '-no-color'];
    return processorTime(command, join(this.folder, program), this.env);
  }

  async close(): Promise<void> {
    await this.simulation.pve.close();
    this.states?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async write(program: Program): Promise<void> {
    const dir = join(this.folder, program);
    mkdirSync(dir);
    const synthesized = join(this.folder, 'out/stacks/bench/cdk.tf.json');
    const stack = JSON.parse(readFileSync(synthesized, 'utf8')) as Stack;
    if (program === 'ours') cpSync(synthesized, join(dir, 'cdk.tf.json'));
    else {
      writeFileSync(join(dir, 'main.tf'), handWritten(stack, program === 'hcl'));
      if (program === 'same') writeFileSync(join(dir, 'outputs.tf.json'), outputsOf(stack));
    }
    const backend = this.states
      ? { http: { address: `${this.states.address}/${program}` } }
      : { local: { path: 'bench.tfstate' } };
    // An override file has the last word.
    writeFileSync(join(dir, 'backend_override.tf.json'), JSON.stringify({ terraform: { backend } }));
    await this.terraform(program, 'init');
  }
}

type Times = Readonly<Record<Program, number>>;

/** One row of a table: medians, and the median of the ratios to hand-written HCL pair by pair. */
function row(title: string, times: readonly Times[]): string {
  const seconds = PROGRAMS.map((program) => median(times.map((time) => time[program])).toFixed(1));
  const ratio = (of: Program, by: Program): string =>
    median(times.map((time) => time[of] / time[by])).toFixed(2);
  return `| ${[title, ...seconds.map((value) => `${value} s`), ratio('ours', 'hcl'), ratio('ours', 'same')].join(' | ')} |`;
}

const HEAD = [
  '| what | ours | hand-written HCL | … with our outputs | ours / HCL | ours / HCL with our outputs |',
  '| --- | --- | --- | --- | --- | --- |',
];

const VERBS = [
  ['apply', ['apply', '-auto-approve']],
  ['plan, nothing to do', ['plan']],
  ['destroy', ['destroy', '-auto-approve']],
] as const;

async function lifecycle(size: number, mirror: Env): Promise<string[]> {
  const bench = await Bench.of(size, mirror);
  const times = VERBS.map((): Times[] => []);
  for (let i = 0; i < RUNS; i++) {
    const measured = VERBS.map((): Partial<Record<Program, number>> => ({}));
    for (const program of PROGRAMS) {
      for (const [v, [, args]] of VERBS.entries()) {
        const seconds = await bench.terraform(program, ...args);
        Object.assign(measured[v] ?? {}, { [program]: seconds });
      }
    }
    for (const [v, time] of measured.entries()) times[v]?.push(time as Times);
  }
  await bench.close();
  return VERBS.map(([name], v) => row(`${name}, ${size} VMs`, times[v] ?? []));
}

async function planning(size: number, mirror: Env): Promise<string> {
  const bench = await Bench.of(size, mirror);
  const times: Times[] = [];
  for (let i = 0; i < RUNS; i++) {
    const ours = (await bench.synth()) + (await bench.terraform('ours', 'plan'));
    times.push({
      ours,
      hcl: await bench.terraform('hcl', 'plan'),
      same: await bench.terraform('same', 'plan'),
    });
  }
  await bench.close();
  return row(`synth + plan of ${size} new VMs`, times);
}

async function main(): Promise<void> {
  const mirror = await ensureMirror(['proxmox']);
  if (!mirror.ok) throw new Error(mirror.how);
  const write = (line: string): boolean => process.stdout.write(`${line}\n`);
  HEAD.forEach(write);
  for (const size of SIZES) (await lifecycle(size, mirror.env)).forEach(write);
  for (const size of PLAN_SIZES) write(await planning(size, mirror.env));
}

main().catch((failure: unknown) => {
  process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exitCode = 1;
});

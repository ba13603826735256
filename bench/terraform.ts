/*
 * npm run bench:terraform [-- --sizes 10,50,100 --plan 1000]: Terraform with the real provider on simulated servers with
 * instant tasks: apply, refresh and destroy; and synth + plan beside the plan of the same VMs as hand-written HCL with
 * `for_each`. Whole processes, in turn, medians.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { run } from '../scripts/lib/platform/exec';
import { terraformBinary } from '../scripts/lib/terraform/terraform';
import { simulate, type Simulation } from '../simulators/pve';
import { ensureMirror } from '../tools/mirror';
import { PROJECT_ROOT } from '../tools/paths';
import { benchDefinition } from './definition';
import { handWritten, type Stack } from './hcl';

const flag = (name: string): string | undefined =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;
const SIZES = (flag('--sizes') ?? '10,50,100').split(',').map(Number);
const PLAN_SIZE = Number(flag('--plan') ?? 1000);
const RUNS = Number(flag('--runs') ?? 3);

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** A bench cluster on its servers, and its hand-written twin. */
class Bench {
  private constructor(
    private readonly folder: string,
    private readonly simulation: Simulation,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async of(size: number, mirror: Readonly<Record<string, string>>): Promise<Bench> {
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
    const paths = { CLUSTERS: file, CDKTF_OUTDIR: join(folder, 'out') };
    const bench = new Bench(folder, simulation, { ...mirror, ...simulation.variables, ...paths });
    await bench.synth();
    await bench.terraform('ours', 'init');
    mkdirSync(bench.dir('hcl'));
    const json = readFileSync(join(bench.dir('ours'), 'cdk.tf.json'), 'utf8');
    writeFileSync(join(bench.dir('hcl'), 'main.tf'), handWritten(JSON.parse(json) as Stack));
    await bench.terraform('hcl', 'init');
    return bench;
  }

  synth(): Promise<number> {
    return this.timed(process.execPath, ['-r', './tools/register.cjs', 'main.ts'], PROJECT_ROOT);
  }

  terraform(what: 'ours' | 'hcl', ...args: readonly string[]): Promise<number> {
    return this.timed(terraformBinary(), [...args, '-input=false', '-no-color'], this.dir(what));
  }

  async close(): Promise<void> {
    await this.simulation.pve.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private dir(what: 'ours' | 'hcl'): string {
    return what === 'ours' ? join(this.folder, 'out/stacks/bench') : join(this.folder, 'hcl');
  }

  private async timed(command: string, args: readonly string[], cwd: string): Promise<number> {
    const start = performance.now();
    const { code, stdout, stderr } = await run(command, args, { cwd, env: this.env });
    if (code !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}\n${stderr}`);
    return (performance.now() - start) / 1000;
  }
}

async function lifecycle(size: number, mirror: Readonly<Record<string, string>>): Promise<string> {
  const bench = await Bench.of(size, mirror);
  const times: number[][] = [];
  for (let i = 0; i < RUNS; i++) {
    const apply = await bench.terraform('ours', 'apply', '-auto-approve');
    const refresh = await bench.terraform('ours', 'plan');
    const unguarded = await bench.terraform('ours', 'plan', '-var', 'guards=false');
    const destroy = await bench.terraform('ours', 'destroy', '-auto-approve');
    times.push([apply, refresh, unguarded, destroy]);
  }
  await bench.close();
  const medians = [0, 1, 2, 3].map((column) => seconds(median(times.map((row) => row[column] ?? NaN))));
  return `| ${[size, ...medians].join(' | ')} |`;
}

async function planning(size: number, mirror: Readonly<Record<string, string>>): Promise<string[]> {
  const bench = await Bench.of(size, mirror);
  const times = {
    synth: [] as number[],
    ours: [] as number[],
    unguarded: [] as number[],
    hcl: [] as number[],
  };
  for (let i = 0; i < RUNS; i++) {
    times.synth.push(await bench.synth());
    times.ours.push(await bench.terraform('ours', 'plan'));
    times.hcl.push(await bench.terraform('hcl', 'plan'));
    times.unguarded.push(await bench.terraform('ours', 'plan', '-var', 'guards=false'));
  }
  await bench.close();
  const [synth, ours, unguarded, hcl] = [times.synth, times.ours, times.unguarded, times.hcl].map(median);
  const both = (synth ?? NaN) + (ours ?? NaN);
  return [
    '| VMs | synth | plan | plan without guards | hand-written HCL, plan | (synth + plan) / HCL |',
    '|---|---|---|---|---|---|',
    `| ${[size, ...[synth, ours, unguarded, hcl].map((value) => seconds(value ?? NaN)), (both / (hcl ?? NaN)).toFixed(2)].join(' | ')} |`,
  ];
}

async function main(): Promise<void> {
  const mirror = await ensureMirror(['proxmox']);
  if (!mirror.ok) throw new Error(mirror.how);
  const rows: string[] = [];
  for (const size of SIZES) rows.push(await lifecycle(size, mirror.env));
  const plans = await planning(PLAN_SIZE, mirror.env);
  process.stdout.write(
    [
      '| VMs | apply | plan, nothing to do | … without guards | destroy |',
      '|---|---|---|---|---|',
      ...rows,
      '',
      ...plans,
      '',
    ].join('\n'),
  );
}

main().catch((failure: unknown) => {
  process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exitCode = 1;
});

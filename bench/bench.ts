/*
 * npm run bench [-- --sizes 10,100,1000]: how long a synthesis takes, beside a naive cdktf program with the same resources
 * and `require('cdktf')` as the floor, all in the same run. Whole processes, medians, pairs in turn.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { checkDefinitions } from '../model/load/load';
import { parseYaml } from '../model/cluster/definition/yaml';
import { benchDefinition } from './definition';

const ROOT = join(__dirname, '..');
const SIZES = (process.argv.includes('--sizes')
  ? process.argv[process.argv.indexOf('--sizes') + 1]
  : undefined
)
  ?.split(',')
  .map(Number) ?? [10, 100, 1000, 3000, 10_000];

interface Sample {
  readonly seconds: number;
  readonly megabytes: number;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const medianOf = (samples: readonly Sample[]): Sample => ({
  seconds: median(samples.map(({ seconds }) => seconds)),
  megabytes: median(samples.map(({ megabytes }) => megabytes)),
});

function measure(args: readonly string[], env: Record<string, string> = {}): Sample {
  const start = performance.now();
  const child = spawnSync(process.execPath, ['-r', join(__dirname, 'measure.cjs'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const seconds = (performance.now() - start) / 1000;
  if (child.status !== 0) throw new Error(`${args.join(' ')} failed:\n${child.stderr}`);
  return { seconds, megabytes: Number(child.output[3]) / 1024 };
}

const floor = (): Sample => measure(['-e', "require('cdktf')"]);

const ours = (folder: string, size: number): Sample =>
  measure([...OUR_LOADER, 'main.ts'], {
    CLUSTERS: join(folder, `${size}.yaml`),
    CDKTF_OUTDIR: join(folder, 'ours'),
  });

/** The naive program as a person runs it, under tsx, and for comparison under our own loader. */
const naive = (folder: string, size: number, loader: readonly string[] = ['--import', 'tsx']): Sample =>
  measure([...loader, 'bench/naive.ts', String(size)], { CDKTF_OUTDIR: join(folder, 'naive') });

const OUR_LOADER = ['-r', './tools/register.cjs'];

/** Both programs must make the same VMs, or the comparison means nothing. */
function assertSameVms(folder: string): void {
  const vms = (program: string): unknown => {
    const text = readFileSync(join(folder, program, 'stacks/bench/cdk.tf.json'), 'utf8');
    const { resource } = JSON.parse(text) as {
      resource: { proxmox_virtual_environment_vm: Record<string, { name: string }> };
    };
    const list = Object.values(resource.proxmox_virtual_environment_vm).map((vm) => ({
      ...vm,
      '//': undefined,
    }));
    return list.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  if (JSON.stringify(vms('ours')) !== JSON.stringify(vms('naive')))
    throw new Error('the naive program makes other VMs');
}

function validation(size: number): number {
  const text = benchDefinition(size);
  return median(
    Array.from({ length: 7 }, () => {
      const start = performance.now();
      checkDefinitions([parseYaml('bench.yaml', text)]);
      return (performance.now() - start) / 1000;
    }),
  );
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const rows: string[] = [];
    const floors: Sample[] = [];
    for (const size of SIZES) {
      writeFileSync(join(folder, `${size}.yaml`), benchDefinition(size));
      // The first run fills the caches of both programs, and is not counted.
      if (size < 3000) {
        ours(folder, size);
        naive(folder, size);
        naive(folder, size, OUR_LOADER);
      }
      const samples = Array.from({ length: size < 3000 ? 5 : 3 }, (_, i) => {
        floors.push(floor());
        const mine = ours(folder, size);
        // A naive program of thousands of VMs takes a minute: once is enough.
        const once = size >= 3000 && i > 0;
        return {
          ours: mine,
          naive: once ? undefined : naive(folder, size),
          sameLoader: once ? undefined : naive(folder, size, OUR_LOADER),
        };
      });
      assertSameVms(folder);
      const of = (program: 'ours' | 'naive' | 'sameLoader') =>
        medianOf(samples.flatMap((sample) => sample[program] ?? []));
      const [mine, theirs, sameLoader] = [of('ours'), of('naive'), of('sameLoader')];
      const ratio = (other: Sample) => (mine.seconds / other.seconds).toFixed(2);
      const cells = [
        size,
        `${mine.seconds.toFixed(2)} s`,
        `${theirs.seconds.toFixed(2)} s`,
        ratio(theirs),
        ratio(sameLoader),
        `${((mine.seconds * 1000) / size).toFixed(2)} ms`,
        `${mine.megabytes.toFixed(0)} MB`,
        `${theirs.megabytes.toFixed(0)} MB`,
        ratio(medianOf(floors)),
      ];
      rows.push(`| ${cells.join(' | ')} |`);
      process.stderr.write(`${size} VMs measured\n`);
    }
    const base = medianOf(floors);
    process.stdout.write(
      [
        `Floor, node -e "require('cdktf')": ${base.seconds.toFixed(2)} s, ${base.megabytes.toFixed(0)} MB`,
        `Validation of a 1,000-node definition: ${validation(1000).toFixed(3)} s`,
        '',
        '| VMs | ours | naive | ours / naive | … under our loader | ours per VM | memory | naive memory | ours / floor |',
        '|---|---|---|---|---|---|---|---|---|',
        ...rows,
        '',
      ].join('\n'),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();

/*
 * node -r ./tools/register.cjs bench/post-apply.ts [sizes]: how long discover and generate take, as whole processes. omnictl is
 * a script that prints what Omni would say, so that the time is ours alone.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { omnictlText, rawStatus } from '../__tests__/testing/inventory';
import { loadDefinitions } from '../model/load/load';
import { machineInventory } from '../model/inventory/machine';
import { benchDefinition } from './definition';

const ROOT = join(__dirname, '..');
const RUNS = 3;
const SIZES = (process.argv[2] ?? '10,1000,10000').split(',').map(Number);

/** Writes the definition, the inventory and the answer of Omni for a cluster. */
async function prepare(folder: string, size: number): Promise<void> {
  const definition = join(folder, 'clusters/bench.yaml');
  mkdirSync(join(folder, 'clusters'), { recursive: true });
  const versions = 'talos_version: v1.11.5\nkubernetes_version: v1.34.1';
  writeFileSync(definition, benchDefinition(size).replace('talos_version: v1.11.5', versions));
  const { clusters } = await loadDefinitions(definition);
  if (!clusters[0]) throw new Error('the definition has errors');
  const inventory = machineInventory(clusters[0].cluster);
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory));
  const machines = Object.values(inventory).map((node) => rawStatus(node));
  writeFileSync(join(folder, 'machines.txt'), omnictlText(machines));
  writeFileSync(join(folder, 'omnictl'), `#!/bin/sh\nexec cat '${join(folder, 'machines.txt')}'\n`, {
    mode: 0o755,
  });
}

/** Seconds of one run in a folder without results. */
function seconds(folder: string, args: readonly string[], omnictl: string): number {
  const start = performance.now();
  const register = join(ROOT, 'tools/register.cjs');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['-r', register, join(ROOT, 'scripts/cli.ts'), ...args],
    {
      cwd: folder,
      env: { ...process.env, OMNICTL: omnictl, TALOSCTL: '/nowhere', CLUSTERS: 'clusters' },
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    },
  );
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return (performance.now() - start) / 1000;
}

function median(work: () => number, before: () => void): number {
  const runs = Array.from({ length: RUNS }, () => {
    before();
    return work();
  });
  return runs.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? NaN;
}

async function main(): Promise<void> {
  process.stdout.write('| machines | discover | generate | both, per machine |\n| --- | --- | --- | --- |\n');
  for (const size of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-post-apply-'));
    try {
      await prepare(folder, size);
      const clear = (name: string) => () => rmSync(join(folder, name), { recursive: true, force: true });
      const discover = median(
        () =>
          seconds(folder, ['discover', 'bench', '--inventory', 'inventory.json'], join(folder, 'omnictl')),
        clear('machine-data'),
      );
      const generate = median(
        () => seconds(folder, ['generate', 'bench'], '/nowhere'),
        clear('machine-configs'),
      );
      const each = (((discover + generate) / size) * 1000).toFixed(2);
      process.stdout.write(
        `| ${size} | ${discover.toFixed(2)} s | ${generate.toFixed(2)} s | ${each} ms |\n`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

void main();

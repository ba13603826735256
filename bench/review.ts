/*
 * node -r ./tools/register.cjs bench/review.ts [sizes]: how long a review of a plan takes beyond Terraform's own time. Whole
 * processes that read a plan as JSON and write text, Markdown and page. Each VM is the recorded one that grows, with
 * its state, planned values and drift, as `terraform show -json` prints them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { benchDefinition, benchNodes } from './definition';

const ROOT = join(__dirname, '..');
const RECORDED = join(ROOT, '__tests__/fixtures/plans/grow.json');

interface Resource {
  readonly name: string;
  readonly change: { readonly before: object; readonly after: object };
}

/** A plan in which every node grows. */
function planOf(size: number): string {
  const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as { resource_changes: Resource[] };
  const model = recorded.resource_changes.find(({ name }) => name === 'talos-worker-1');
  if (!model) throw new Error('the recorded plan has no talos-worker-1');
  const changes = benchNodes(size).map(({ name, server }, i) => {
    const own = { name, node_name: server, vm_id: 2000 + i };
    const change = {
      ...model.change,
      before: { ...model.change.before, ...own },
      after: { ...model.change.after, ...own },
    };
    return { ...model, name, address: `proxmox_virtual_environment_vm.${name}`, change };
  });
  return JSON.stringify({
    format_version: '1.2',
    resource_changes: changes,
    resource_drift: changes,
    planned_values: changes.map(({ change }) => change.after),
    prior_state: changes.map(({ change }) => change.before),
  });
}

function seconds(folder: string): number {
  const start = performance.now();
  const plan = ['--plan', join(folder, 'plan.json')];
  const files = ['--markdown', join(folder, 'review.md'), '--html', join(folder, 'review.html')];
  const args = ['-r', './tools/register.cjs', 'scripts/cli.ts', 'review', ...plan, ...files];
  const env = { ...process.env, CLUSTERS: join(folder, 'bench.yaml') };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - start) / 1000;
}

const SIZES = (process.argv[2] ?? '10,300,1000').split(',').map(Number);

const folder = mkdtempSync(join(tmpdir(), 'bench-review-'));
try {
  process.stdout.write('| nodes | plan as JSON | review |\n| --- | --- | --- |\n');
  for (const size of SIZES) {
    writeFileSync(join(folder, 'bench.yaml'), benchDefinition(size));
    writeFileSync(join(folder, 'plan.json'), planOf(size));
    const runs = Array.from({ length: 5 }, () => seconds(folder)).sort((a, b) => a - b);
    const megabytes = statSync(join(folder, 'plan.json')).size / 1e6;
    process.stdout.write(`| ${size} | ${megabytes.toFixed(1)} MB | ${(runs[2] ?? NaN).toFixed(2)} s |\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/*
 * npm run bench:validate: how long `checkDefinitions` takes for valid definitions, and for those with five
 * mistakes in each node, up to 100,000 nodes. What counts is the last column: time per node over that of 1,000 nodes.
 */
import { checkDefinitions } from '../model/load/load';
import { parseYaml } from '../model/cluster/definition/yaml';
import { benchDefinition } from './definition';

const SIZES = [1000, 10_000, 100_000];

const broken = (text: string): string =>
  text.replace(
    / proxmox_server: (pve.)/g,
    ' proxmox_servr: $1, cores: [a], memory_mb: x, vm_id: 101, ip_address: 10.0.0.9',
  );

/** Median of the seconds of CPU, which a busy machine changes less than the time on the clock. */
function seconds(text: string, times: number): number {
  const taken = Array.from({ length: times }, () => {
    const start = process.cpuUsage();
    checkDefinitions([parseYaml('bench.yaml', text)]);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  return taken.sort((a, b) => a - b)[Math.floor(times / 2)] ?? NaN;
}

process.stdout.write(
  '| nodes | valid | with mistakes | per node, valid | with mistakes |\n|---|---|---|---|---|\n',
);
let first: readonly [number, number] | undefined;
for (const size of SIZES) {
  const text = benchDefinition(size);
  const times = size > 10_000 ? 1 : 3;
  const each = [seconds(text, times) / size, seconds(broken(text), times) / size] as const;
  first ??= each;
  const cells = [
    size,
    ...each.map((one) => `${(one * size).toFixed(1)} s`),
    ...each.map((one, i) => `${(one / (first?.[i] ?? NaN)).toFixed(2)} times`),
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

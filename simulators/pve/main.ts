/** `npm run simulate -- clusters/home.yaml`: Proxmox VE servers for a definition, to try it out with Terraform. */
import { processIo } from '../../model/diagnostics/io';
import { reportFailure } from '../../model/diagnostics/report';
import { mkdirSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { PROJECT_ROOT } from '../../tools/paths';
import { simulate, type AccessLog, type Simulation } from './';

interface Flags {
  readonly out: string;
  readonly taskMs: number;
  readonly strict: boolean;
  readonly quiet: boolean;
}

export const program = new Command('simulate')
  .description('Runs simulated Proxmox VE servers for a cluster definition, on 127.0.0.1, until Ctrl-C.')
  .argument('<definition>', 'cluster definition, e.g. clusters/home.yaml')
  .option('--out <folder>', 'where the redirected definition and the state go', 'cdktf.out/simulated')
  .option('--task-ms <ms>', 'how long a task takes', milliseconds, 300)
  .option('--strict', 'check requests against the API schema (fetches a Python package once)', false)
  .option('-q, --quiet', 'do not print requests', false)
  .action(start);

function milliseconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a number of milliseconds.');
  return Number(text);
}

async function start(file: string, { out, taskMs, strict, quiet }: Flags): Promise<void> {
  const folder = resolve(out);
  const simulation = await simulate(file, {
    stateDir: folder,
    strict,
    control: true,
    adjust: (sites) => sites.map((site) => ({ ...site, taskMs })),
    onRequest: (entry) => {
      if (!quiet) processIo.out(`${format(entry)}\n`);
    },
  });
  mkdirSync(folder, { recursive: true });
  const definition = join(folder, `${simulation.cluster.name}.yaml`);
  writeFileAtomic(definition, simulation.definition());
  processIo.out(instructions(simulation, short(definition), short(folder)));
  const stop = (): void => void simulation.pve.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

/** Relative to the project where that is shorter. */
function short(path: string): string {
  const inside = relative(PROJECT_ROOT, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

/** What to do in another shell. */
function instructions({ pve, cluster, variables }: Simulation, definition: string, folder: string): string {
  const servers = Object.values(pve.sites).flatMap((site) =>
    Object.entries(site.endpoints).map(([node, endpoint]) => `  ${site.name}  ${node}  ${endpoint}`),
  );
  const stack = `${folder}/out/stacks/${cluster.name}`;
  const exports = Object.entries(variables).map(([name, value]) => `  export ${name}='${value}'`);
  return [
    'Simulated servers:',
    ...servers,
    '',
    'In another shell:',
    ...exports,
    `  CLUSTERS=${definition} CDKTF_OUTDIR=${folder}/out npm run synth`,
    `  terraform -chdir=${stack} init && terraform -chdir=${stack} apply`,
    '',
    `State and faults: curl -k ${Object.values(pve.sites)[0]?.endpoint ?? ''}control/state`,
    'Requests follow. Ctrl-C ends the servers, and what they knew is gone.',
    '',
    '',
  ].join('\n');
}

/** `pve1 POST /nodes/pve1/qemu 200` */
export const format = ({ site, method, path, status, reason }: AccessLog): string =>
  `${site} ${method} ${path} ${status}${reason === undefined ? '' : ` ${reason}`}`;

if (require.main === module) {
  program.parseAsync().catch(reportFailure);
}

import { join } from 'node:path';
import { run, type RunResult } from './exec';

/** Root of the project: programs are started here, as npm does. */
const PROJECT_ROOT = join(__dirname, '../..');

/** `cdktf.out`, or what CDKTF_OUTDIR says. */
const outputFolder = (): string => process.env['CDKTF_OUTDIR'] || join(PROJECT_ROOT, 'cdktf.out');

/** Folder of a stack, where Terraform runs. */
export const stackFolder = (cluster: string, outdir = outputFolder()): string =>
  join(outdir, 'stacks', cluster);

/**
 * Synthesizes definitions, as `npm run synth` does. It is a process of its own, because scripts know no Terraform.
 *
 * @param clusters a definition or a folder of definitions
 */
export function synthesize(clusters: string, outdir = outputFolder()): Promise<RunResult> {
  return run(process.execPath, [...process.execArgv, join(PROJECT_ROOT, 'main.ts')], {
    cwd: PROJECT_ROOT,
    env: { CLUSTERS: clusters, CDKTF_OUTDIR: outdir },
  });
}

import type { Command } from 'commander';
import { collect } from './lib/flags';
import type { Io } from './lib/io';

interface ReviewFlags {
  readonly allow: string[];
  readonly plan?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** The commands that say what a plan, the servers or a synthesis would change. */
export function addReviewCommands(program: Command, io: Io, exit: (code: number) => void): void {
  const definitions = process.env['CLUSTERS'] ?? 'clusters';

  program
    .command('review')
    .summary('say what a plan does to which node, and whether it may')
    .description(
      'Synthesizes and plans a cluster, and says in plain words what happens to which node, disk and server. Destructive changes end with exit code 2 unless --allow names them.',
    )
    .argument('[cluster]', 'name of the cluster; may be left out if there is only one')
    .option('--allow <what>', 'allow a finding, e.g. remove:worker-3; may be repeated', collect, [])
    .option(
      '--plan <file>',
      'read this plan file, or plan as JSON (- is standard input), instead of planning',
    )
    .option('--markdown <file>', 'write Markdown, for a pull request; - is standard output')
    .option('--html <file>', 'write a page with the topology')
    .option('--json', 'print the review in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run review -- home
  npm run review -- home --allow remove:talos-worker-2 --html review.html
  terraform show -json plan.out | npm run -s review -- home --plan - --markdown -

CLUSTERS and CDKTF_OUTDIR say where definitions and output are, TERRAFORM_BINARY_NAME what plans.

Exit codes: 0 nothing destructive that is not allowed, 1 failure, 2 something destructive, 130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: ReviewFlags) => {
      const { runReview } = await import('./commands/review');
      const { interruptible } = await import('./lib/interrupt');
      const { wantsColour } = await import('./lib/terminal');
      const options = {
        ...flags,
        ...(cluster ? { cluster } : {}),
        definitions,
        colour: wantsColour(process.stdout),
      };
      exit(await interruptible((signal) => runReview(options, io, signal)));
    });

  program
    .command('drift')
    .summary('say what somebody changed on the servers')
    .description(
      'Compares the servers with what the last apply left, and says in plain words what is different.',
    )
    .argument('[cluster]', 'name of the cluster; may be left out if there is only one')
    .option(
      '--plan <file>',
      'read this -refresh-only plan, or one as JSON (- is standard input), instead of planning',
    )
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run drift -- home
  npm run -s drift -- home --json

Exit codes: 0 no difference, 1 failure, 2 something differs, 130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: { plan?: string; json?: boolean }) => {
      const { runDrift } = await import('./commands/drift');
      const { interruptible } = await import('./lib/interrupt');
      const options = { ...flags, ...(cluster ? { cluster } : {}), definitions };
      exit(await interruptible((signal) => runDrift(options, io, signal)));
    });

  program
    .command('synth-check')
    .summary('compare the output with what is committed')
    .description(
      'Synthesizes the definitions into a temporary folder and compares the result with committed output.',
    )
    .argument('[path]', 'a definition or a folder of definitions', definitions)
    .option(
      '--against <folder>',
      'committed output: <folder>/<cluster>/cdk.tf.json, or a whole cdktf.out',
      '__tests__/golden',
    )
    .option('--json', 'print the differences in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run synth:check
  CDKTF_OUTDIR=committed npm run synth && git add committed
  npm run synth:check -- --against committed

Exit codes: 0 the same, 1 failure, 2 something differs`,
    )
    .action(async (path: string, flags: { against: string; json?: boolean }) => {
      const { runSynthCheck } = await import('./commands/synth-check');
      exit(await runSynthCheck({ definitions: path, ...flags }, io));
    });
}

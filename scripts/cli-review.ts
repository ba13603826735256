import { Option, type Command } from 'commander';
import type { MoveStateOptions } from './commands/move-state';
import { ANY, collect, ONE, wholeNumber } from './lib/project/flags';
import type { Io } from '../model/diagnostics/io';
import { COMMITTED_OUTPUT } from './lib/project/project';
import { outputFolder, targetOf } from './lib/project/workspace';

interface ReviewFlags {
  readonly allow: string[];
  readonly part?: string;
  readonly plan?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly json?: boolean;
}

type DriftFlags = Pick<ReviewFlags, 'part' | 'plan' | 'markdown' | 'json'>;

type MoveFlags = Omit<MoveStateOptions, 'cluster' | 'definitions'>;

/** The commands that say what a plan, the servers or a synthesis would change. */
export function addReviewCommands(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('review')
    .summary('say what a plan does to which node, and whether it may')
    .description(
      'Synthesizes and plans a cluster, and says in plain words what happens to which node, disk and server. Destructive changes end with exit code 2 unless --allow names them.',
    )
    .argument('[cluster]', ONE)
    .option('--allow <what>', 'allow a finding, e.g. remove:worker-3; may be repeated', collect, [])
    .option('--part <stack>', 'only this stack of a cluster whose state is split')
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
      const { interruptible } = await import('./lib/platform/interrupt');
      const { wantsColour } = await import('./lib/platform/terminal');
      const options = { ...flags, ...targetOf(cluster), colour: wantsColour(process.stdout) };
      exit(await interruptible((signal) => runReview(options, io, signal)));
    });

  program
    .command('drift')
    .summary('say what somebody changed on the servers')
    .description(
      'Compares the servers with what the last apply left, and says in plain words what is different.',
    )
    .argument('[cluster]', ONE)
    .option('--part <stack>', 'only this stack of a cluster whose state is split')
    .option(
      '--plan <file>',
      'read this -refresh-only plan, or one as JSON (- is standard input), instead of planning',
    )
    .option('--markdown <file>', 'write Markdown, for an issue')
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run drift -- home
  npm run -s drift -- home --json

Exit codes: 0 no difference, 1 failure, 2 something differs, 130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: DriftFlags) => {
      const { runDrift } = await import('./commands/drift');
      const { interruptible } = await import('./lib/platform/interrupt');
      const options = { ...flags, ...targetOf(cluster) };
      exit(await interruptible((signal) => runDrift(options, io, signal)));
    });

  program
    .command('move-state')
    .summary('bring every resource into the state that the definition says')
    .description(
      'Moves resources between the states of a cluster, after state_split, renamed_from or the place of a node has changed. Asks no server and touches no VM.',
    )
    .argument('[cluster]', ONE)
    .addOption(
      new Option('--from <split>', 'how the state was split before')
        .choices(['none', 'server', 'machine_set'])
        .default('none'),
    )
    .option('--backup <folder>', 'for copies of the states as they were', 'state/backup')
    .option('--dry-run', 'only say what would be moved')
    .option('--auto-approve', 'do not ask')
    .addHelpText(
      'after',
      `
Examples:
  npm run move-state -- home --dry-run
  npm run move-state -- home --from server

Exit codes: 0 every resource is where it belongs, 1 failure or not confirmed, 2 with --dry-run: something is to be moved,
  130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: MoveFlags) => {
      const { runMoveState } = await import('./commands/move-state');
      const { interruptible } = await import('./lib/platform/interrupt');
      const options = { ...flags, ...targetOf(cluster) };
      exit(await interruptible((signal) => runMoveState(options, io, signal)));
    });

  program
    .command('synth-check')
    .summary('compare the output with what is committed')
    .description(
      'Synthesizes the definitions into a temporary folder and compares the result with committed output.',
    )
    .argument('[cluster]', ANY)
    .option(
      '--against <folder>',
      'committed output: <folder>/<cluster>/cdk.tf.json, or a whole cdktf.out',
      COMMITTED_OUTPUT,
    )
    .option('--json', 'print the differences in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run synth:check
  CDKTF_OUTDIR=committed npm run synth && git add committed
  npm run synth:check -- --against committed

Exit codes: 0 the same, 1 failure, 2 something differs, 130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: { against: string; json?: boolean }) => {
      const { runSynthCheck } = await import('./commands/synth-check/synth-check');
      const { interruptible } = await import('./lib/platform/interrupt');
      exit(await interruptible(() => runSynthCheck({ ...targetOf(cluster), ...flags }, io)));
    });

  program
    .command('lock')
    .summary('write the checksums of providers, for every platform that is named')
    .description(
      'Writes terraform.lock.hcl, to be committed. up, review and drift take providers only with these checksums then.',
    )
    .option('--platform <platform>', 'e.g. linux_amd64; may be repeated', collect, [])
    .option('--fs-mirror <folder>', 'take providers from this folder, in place of their registry')
    .option('--check', 'only say whether the file has what all stacks need')
    .addHelpText(
      'after',
      `
Examples:
  npm run lock -- --platform linux_amd64 --platform darwin_arm64
  npm run lock -- --check

A new file is for linux_amd64, linux_arm64, darwin_arm64 and this machine, unless platforms are named; later ones are added.

Exit codes: 0 done, 1 failure, 2 with --check: the file lacks something, 130 interrupted`,
    )
    .action(async (flags: { platform: string[]; fsMirror?: string; check?: boolean }) => {
      const { runLock } = await import('./commands/lock');
      const { interruptible } = await import('./lib/platform/interrupt');
      exit(await interruptible(() => runLock({ ...targetOf(), ...flags }, io)));
    });

  program
    .command('policy')
    .summary('check synthesized stacks against policies')
    .description(
      'Evaluates policies in Rego over all synthesized stacks together, with Open Policy Agent. Synthesize first.',
    )
    .argument('[folder]', 'output of npm run synth', outputFolder())
    .option(
      '--policies <folder>',
      'a folder with more policies, or exceptions from ours; may be repeated',
      collect,
      [],
    )
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run synth && npm run policy
  npm run policy -- --policies our-policies

Environment: OPA names the program, if it is not opa on the PATH

Exit codes: 0 nothing is denied (there may be warnings), 1 something is, or a failure, 130 interrupted`,
    )
    .action(async (synthesized: string, flags: { policies: string[]; json?: boolean }) => {
      const { runPolicy } = await import('./commands/policy');
      const { interruptible } = await import('./lib/platform/interrupt');
      exit(await interruptible(() => runPolicy({ synthesized, ...flags }, io)));
    });

  program
    .command('comment')
    .summary('write Markdown on a pull request or as an issue, or replace what the last run wrote')
    .description(
      'Writes a file as a comment on a pull request, or as an issue, of GitHub or Gitea, from within a workflow.',
    )
    .argument('<file>', 'file with Markdown')
    .option('--pull <number>', 'number of the pull request', wholeNumber)
    .option('--issue <title>', 'open an issue of this title, or replace the text of the one that is open')
    .requiredOption('--name <name>', 'by which the next run finds what it replaces, e.g. review-home')
    .option('--author <login>', 'account of the token, where that is not the one of a workflow')
    .addHelpText(
      'after',
      `
Environment: GITHUB_API_URL and GITHUB_REPOSITORY (set in every job), GITHUB_TOKEN (give it in the workflow)

Exit codes: 0 written or replaced, 1 failure`,
    )
    .action(async (file: string, flags: { pull?: number; issue?: string; name: string; author?: string }) => {
      const { runComment } = await import('./commands/comment');
      exit(await runComment({ file, ...flags, env: process.env }, io));
    });
}

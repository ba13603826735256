import { Argument, type Command } from 'commander';
import { SHELL_NAMES, type Shell } from './commands/complete/shell-names';
import type { Io } from '../model/diagnostics/io';
import { targetOf } from './lib/project/workspace';

/** Adds the commands that help with the others. */
export function addHelpCommands(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('explain')
    .summary('say what a key, a rule or an error is about')
    .description(
      'Tells of a key its purpose, type, default and an example, of a rule what must hold with a wrong and a right example, and of an error why it is and what to do.',
    )
    .argument('<name...>', 'a key, a rule, or an error as it was printed')
    .option('--json', 'print it in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run -s explain -- cpu_cores
  npm run -s explain -- workers[].data_disks
  npm run -s explain -- ip-unique
  npm run -s explain -- 'clusters/home.yaml:13:14: error[endpoint-form] proxmox_servers.pve1.api_url: …'

Exit codes: 0 told, 1 nothing is known of it: the nearest names are told`,
    )
    .action(async (words: readonly string[], flags: { json?: boolean }) => {
      const { runExplain } = await import('./commands/explain/explain');
      exit(runExplain({ words, ...flags }, io));
    });
  program
    .command('tools')
    .summary('say which programs a cluster needs, which are there, and how to get the others')
    .description(
      'Says which programs a cluster needs on this machine and at which versions, whether they are there, and one command that gets what is missing.',
    )
    .requiredOption('--for <cluster>', 'name of the cluster, or path of its definition')
    .option('--json', 'print it in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run -s tools -- --for home

Environment: TERRAFORM_BINARY_NAME, OMNICTL and TALOSCTL name other programs

Exit codes: 0 all that is needed is there, 1 something is missing or of another version`,
    )
    .action(async (flags: { for: string; json?: boolean }) => {
      const { runTools } = await import('./commands/tools');
      exit(await runTools({ ...targetOf(flags.for), ...(flags.json ? { json: true } : {}) }, io));
    });

  program
    .command('completion')
    .summary('print what lets a shell complete commands, flags and names')
    .description(
      'Prints a script that lets your shell complete commands, flags, and names of clusters, nodes and servers.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELL_NAMES))
    .addHelpText(
      'after',
      `
Once, for the shells to come:
  bash        talos-proxmox completion bash >> ~/.bashrc
  zsh         talos-proxmox completion zsh > ~/.zsh/_talos-proxmox   (a folder of fpath)
  fish        talos-proxmox completion fish > ~/.config/fish/completions/talos-proxmox.fish
  PowerShell  talos-proxmox completion powershell >> $PROFILE`,
    )
    .action(async (shell: Shell) => {
      const { SCRIPTS } = await import('./commands/complete/shells');
      io.out(SCRIPTS[shell]);
      exit(0);
    });

  program
    .command('complete', { hidden: true })
    .description('What may stand at the end of a command line, for the scripts of completion.')
    .addArgument(new Argument('<shell>').choices(SHELL_NAMES))
    .argument('[words...]')
    .action(async (shell: Shell, words: readonly string[]) => {
      const { runComplete } = await import('./commands/complete/complete');
      exit(runComplete(program, shell, words, io));
    });
}

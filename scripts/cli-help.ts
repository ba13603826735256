import type { Command } from 'commander';
import type { Io } from '../model/diagnostics/io';

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
}

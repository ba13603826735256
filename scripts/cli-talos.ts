import type { Command } from 'commander';
import type { Io } from '../model/diagnostics/io';
import type { TalosSecretsOptions } from './commands/talos-secrets';
import { ONE } from './lib/project/flags';
import { targetOf } from './lib/project/workspace';

/** Adds the commands for Talos without Omni. */
export function addTalosCommands(program: Command, io: Io, exit: (code: number) => void): void {
  const talos = program
    .command('talos')
    .summary('what a cluster without Omni needs besides: its secrets')
    .description('Commands for clusters with management: standalone.');

  talos
    .command('secrets')
    .summary('make the secrets of a cluster, or take over those that it has')
    .description(
      'Makes the secrets of a cluster once, with talosctl, and writes them beside its definition, encrypted with sops. They are never on disk in clear, and an existing file is never written over.',
    )
    .argument('[cluster]', ONE)
    .option(
      '--from <file>',
      'take over these: a file of talosctl gen secrets, talsecret.sops.yaml of talhelper, or the machine configuration of a control plane',
    )
    .addHelpText(
      'after',
      `
Examples:
  npm run talos -- secrets home
  npm run talos -- secrets home --from secrets.yaml

Environment: TALOSCTL, SOPS_AGE_KEY_FILE and others of sops; .sops.yaml says for which keys

Exit codes: 0 written, 1 failed: nothing was written`,
    )
    .action(async (cluster: string | undefined, flags: Pick<TalosSecretsOptions, 'from'>) => {
      const { runTalosSecrets } = await import('./commands/talos-secrets');
      const { interruptible } = await import('./lib/platform/interrupt');
      exit(await interruptible(() => runTalosSecrets({ ...flags, ...targetOf(cluster) }, io)));
    });
}

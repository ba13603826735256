import type { Command } from 'commander';
import type { Io } from '../model/diagnostics/io';
import type { RenderCiliumOptions } from './commands/render-cilium';
import type { TalosConfigOptions } from './commands/talos-config';
import type { TalosSecretsOptions } from './commands/talos-secrets';
import { collect, ONE } from './lib/project/flags';
import { targetOf } from './lib/project/workspace';

/** Adds the commands for Talos without Omni. */
export function addTalosCommands(program: Command, io: Io, exit: (code: number) => void): void {
  const talos = program
    .command('talos')
    .summary('what a cluster without Omni needs besides: its secrets, and access to it')
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

  talos
    .command('config')
    .summary('write a talosconfig for people')
    .description(
      'Writes a talosconfig with the control planes as endpoints and a certificate for a year. It names no nodes, so that no command means all of them by accident.',
    )
    .argument('[cluster]', ONE)
    .requiredOption('-o, --output <file>', 'file that gets it, which must not exist')
    .addHelpText(
      'after',
      `
Examples:
  npm run talos -- config home --output talosconfig

Environment: TALOSCTL, SOPS_AGE_KEY_FILE and others of sops

Exit codes: 0 written, 1 failed`,
    )
    .action(async (cluster: string | undefined, flags: Pick<TalosConfigOptions, 'output'>) => {
      const { runTalosConfig } = await import('./commands/talos-config');
      const { interruptible } = await import('./lib/platform/interrupt');
      const options = { ...flags, ...targetOf(cluster) };
      exit(await interruptible((signal) => runTalosConfig(options, io, signal)));
    });

  talos
    .command('render-cilium')
    .summary('render Cilium as a cluster needs it, into a file of its bootstrap.manifests')
    .description(
      'Renders the Helm chart of Cilium with the values that Talos and the definition ask for. The chart is on this machine, and no cluster is asked or changed. What would not fit the cluster, or would be another text each time, is refused.',
    )
    .argument('[cluster]', ONE)
    .requiredOption('--chart <path>', 'the chart: a folder, or the .tgz file that helm pull gets')
    .option('--values <file>', 'values of your own, which win; may be repeated', collect, [])
    .addHelpText(
      'after',
      `
Examples:
  npm run talos -- render-cilium home --chart cilium-1.18.4.tgz
  npm run talos -- render-cilium home --chart cilium-1.18.4.tgz --values cilium-values.yaml

Environment: HELM

Exit codes: 0 written, or the same as before; 1 failed: nothing was written`,
    )
    .action(async (cluster: string | undefined, flags: Pick<RenderCiliumOptions, 'chart' | 'values'>) => {
      const { runRenderCilium } = await import('./commands/render-cilium');
      const { interruptible } = await import('./lib/platform/interrupt');
      exit(await interruptible(() => runRenderCilium({ ...flags, ...targetOf(cluster) }, io)));
    });
}

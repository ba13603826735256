import { Option, type Command } from 'commander';
import type { DiscoverOptions } from './commands/discover';
import type { StatusOptions } from './commands/status';
import { seconds } from './lib/flags';
import type { Io } from './lib/io';

interface StatusFlags extends Omit<StatusOptions, 'cluster' | 'env'> {
  readonly json?: boolean;
}

interface DiscoverFlags extends Omit<DiscoverOptions, 'cluster'> {
  readonly json?: boolean;
}

const outputOption = (): Option =>
  new Option('-o, --output <form>', 'form of the result').choices(['table', 'json']).default('table');

/** Adds the commands that talk to Omni. */
export function addOmniCommands(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('discover')
    .summary('find the machines of a cluster in Omni')
    .description(
      'Matches the machines of the inventory with those in Omni, by MAC address and SMBIOS UUID, and writes machine-data/<cluster>/.',
    )
    .argument('<cluster>', 'name of the cluster')
    .option('--inventory <file>', 'read the inventory from this file, or from - for standard input')
    .option('--wait <time>', 'wait so long for machines that are missing, e.g. 10m')
    .option('--allow-partial', 'write the files although machines are left out')
    .option('--talos-version <version>', 'Talos version of the cluster (default: that of its definition)')
    .addOption(outputOption())
    .option('--json', 'the same as -o json')
    .addHelpText(
      'after',
      `
Examples:
  npm run discover -- home
  npm run discover -- home --wait 10m
  terraform -chdir=cdktf.out/stacks/home output -json machine_inventory | npm run -s discover -- home --inventory -

Environment: OMNI_ENDPOINT, OMNI_SERVICE_ACCOUNT_KEY (role Reader is enough), OMNICTL, TERRAFORM_BINARY_NAME

Exit codes: 0 all machines matched (or some, with --allow-partial) and files written,
  1 machines are left out or something failed: the files stay as they were, 130 interrupted`,
    )
    .action(async (cluster: string, { json, ...flags }: DiscoverFlags) => {
      const { runDiscover } = await import('./commands/discover');
      const { interruptible } = await import('./lib/interrupt');
      const terminalRows = process.stderr.isTTY ? { terminalRows: process.stderr.rows } : {};
      const options = { cluster, ...flags, ...(json ? { output: 'json' as const } : {}) };
      exit(await interruptible((signal) => runDiscover(options, io, { signal, ...terminalRows })));
    });

  program
    .command('status')
    .summary('show what Terraform, Proxmox and Omni know of the machines of a cluster')
    .description(
      'Shows the machines of a cluster in one table: inventory, VM, and machine in Omni. Reads only; a part that cannot be asked is left out and named.',
    )
    .argument('<cluster>', 'name of the cluster')
    .option('--inventory <file>', 'read the inventory from this file, or from - for standard input')
    .option('--timeout <seconds>', 'how long to wait for each answer', seconds, 10)
    .addOption(outputOption())
    .option('--json', 'the same as -o json')
    .addHelpText(
      'after',
      `
Examples:
  npm run status -- home
  npm run -s status -- home --json

Environment: TF_VAR_proxmox_<server>_api_token, OMNI_ENDPOINT, OMNI_SERVICE_ACCOUNT_KEY, OMNICTL, TERRAFORM_BINARY_NAME

Exit codes: 0 shown (a part that is not set up is named), 1 a part that is set up failed, 130 interrupted`,
    )
    .action(async (cluster: string, { json, ...flags }: StatusFlags) => {
      const { runStatus } = await import('./commands/status');
      const { interruptible } = await import('./lib/interrupt');
      const options = { cluster, env: process.env, ...flags, ...(json ? { output: 'json' as const } : {}) };
      exit(await interruptible((signal) => runStatus(options, io, signal)));
    });
}

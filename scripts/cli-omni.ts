import { Option, type Command } from 'commander';
import type { ApplyOptions } from './commands/apply/apply';
import type { DiscoverOptions } from './commands/discover/discover';
import type { RestartOptions } from './commands/restart/restart';
import type { StatusOptions } from './commands/status/status';
import type { UpOptions } from './commands/up';
import { collect, definitionsOption, ONE, planName, seconds } from './lib/project/flags';
import type { Io } from '../model/diagnostics/io';
import { targetOf } from './lib/project/workspace';

interface StatusFlags extends Omit<StatusOptions, 'cluster' | 'definitions' | 'env'> {
  readonly json?: boolean;
}

interface DiscoverFlags extends Omit<DiscoverOptions, 'cluster' | 'definitions'> {
  readonly json?: boolean;
}

type ApplyFlags = Omit<ApplyOptions, 'cluster' | 'removePatches'> & {
  readonly removePatch: readonly string[];
};

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
    .argument('[cluster]', ONE)
    .option('--inventory <file>', 'read the inventory from this file, or from - for standard input')
    .option('--wait <time>', 'how long to wait for missing machines, e.g. 10m')
    .option('--allow-partial', 'write the files even if machines are left out')
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
    .action(async (cluster: string | undefined, { json, ...flags }: DiscoverFlags) => {
      const { interruptible } = await import('./lib/platform/interrupt');
      const terminalRows = process.stderr.isTTY ? { terminalRows: process.stderr.rows } : {};
      const options = { ...targetOf(cluster), ...flags, ...(json ? { output: 'json' as const } : {}) };
      const { verbsOf } = await import('./commands/by-management');
      const verbs = await verbsOf(options);
      exit(await interruptible((signal) => verbs.discover(options, io, { signal, ...terminalRows })));
    });

  program
    .command('apply')
    .summary('bring a cluster in Omni to what its template says')
    .description(
      'Checks that the generated template is true, shows what would change, syncs it after a yes, and waits until the cluster is healthy. A machine leaves the cluster only if it is named.',
    )
    .argument('[cluster]', ONE)
    .addOption(definitionsOption())
    .option('--machine-configs <folder>', 'what generate wrote, in <folder>/<cluster>', 'machine-configs')
    .option('--inventory <file>', 'read the inventory from this file, or from - for standard input')
    .option(
      '--remove <node>',
      'this node may leave the cluster: name or machine id; may be repeated',
      collect,
      [],
    )
    .option(
      '--gone <node>',
      'as --remove, for a node whose VM no longer exists: Omni does not wait for it; may be repeated',
      collect,
      [],
    )
    .option('--remove-patch <id>', 'this config patch, made by hand, may go; may be repeated', collect, [])
    .option(
      '--reboot <node>',
      'without Omni: this node may reboot for its configuration; may be repeated',
      collect,
      [],
    )
    .option('--kubeconfig <file>', 'without Omni: write a kubeconfig to this file, which must not exist')
    .option('--print-commands', 'without Omni: print what talosctl would be called with, and stop')
    .option('--auto-approve', 'do not ask')
    .option('--dry-run', 'stop before anything is changed')
    .option('--detailed-exitcode', 'with --dry-run: exit with 2 if there are differences')
    .option('--timeout <time>', 'limit for a sync', '10m')
    .option('--wait <time>', 'how long to wait until the cluster is healthy', '20m')
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run apply -- home --dry-run
  npm run apply -- home
  npm run apply -- home --remove talos-worker-3 --auto-approve
  npm run apply -- home --gone talos-worker-3

Environment: OMNI_ENDPOINT, OMNI_SERVICE_ACCOUNT_KEY (role Reader is enough for --dry-run, a sync needs Operator), OMNICTL,
  TERRAFORM_BINARY_NAME

Exit codes: 0 the cluster is as its template says, and healthy, 1 refused or failed, 2 differences (--detailed-exitcode),
  130 interrupted`,
    )
    .action(async (cluster: string | undefined, { removePatch, ...flags }: ApplyFlags) => {
      const { interruptible } = await import('./lib/platform/interrupt');
      const target = targetOf(cluster, flags.definitions);
      const options = { ...flags, ...target, removePatches: removePatch };
      const { verbsOf } = await import('./commands/by-management');
      const verbs = await verbsOf(options);
      exit(await interruptible((signal) => verbs.apply(options, io, signal)));
    });

  program
    .command('up')
    .summary('bring a cluster from its definition to healthy nodes')
    .description(
      'Plans and applies the stack, waits for the machines, generates the template and applies it. A step that has nothing to do does nothing: run it again after whatever stopped it.',
    )
    .argument('[cluster]', ONE)
    .option(
      '--allow <what>',
      'allow a finding of the plan, e.g. replace:worker-3; may be repeated',
      collect,
      [],
    )
    .option(
      '--remove <node>',
      'this node may leave the cluster, and its VM may be destroyed; may be repeated',
      collect,
      [],
    )
    .option(
      '--reboot <node>',
      'without Omni: this node may reboot for its configuration; may be repeated',
      collect,
      [],
    )
    .option('--kubeconfig <file>', 'without Omni: write a kubeconfig to this file, which must not exist')
    .option('--print-commands', 'without Omni: print what talosctl would be called with, and stop')
    .option('--dry-run', 'show the plan, and what would be done after it, and stop')
    .option('--expect <plan>', 'apply only this plan, named as its review names it', planName)
    .option('--auto-approve', 'do not ask')
    .option('--wait <time>', 'how long to wait for machines, and until the cluster is healthy', '20m')
    .option('--verbose', 'print all that Terraform and omnictl say')
    .addHelpText(
      'after',
      `
Examples:
  npm run up -- home
  npm run up -- home --remove talos-worker-3
  npm run up -- home --kubeconfig home.kubeconfig
  npm run up -- home --expect 0f3c5a7e9b1d2c4e --auto-approve

Environment: that of terraform (TF_VAR_…) and of omnictl; CLUSTERS and CDKTF_OUTDIR say where definitions and output are

Exit codes: 0 all done, 1 failed or refused, 2 the plan is destructive and nobody allowed that, or
  not the expected one, 130 interrupted`,
    )
    .action(
      async (cluster: string | undefined, flags: Omit<UpOptions, 'cluster' | 'definitions' | 'colour'>) => {
        const { runUp } = await import('./commands/up');
        const { interruptible } = await import('./lib/platform/interrupt');
        const { wantsColour } = await import('./lib/platform/terminal');
        const options = { ...flags, ...targetOf(cluster), colour: wantsColour(process.stdout) };
        exit(await interruptible((signal) => runUp(options, io, signal)));
      },
    );

  program
    .command('restart')
    .summary('restart the VMs whose changes wait for it, one at a time')
    .description(
      'Restarts the VMs of nodes whose changes wait for it, workers first: drains each, checks right before that etcd keeps its majority without it, and waits until it is back.',
    )
    .argument('[cluster]', 'name of the cluster; may be left out where there is just one')
    .argument('[nodes...]', 'only these of the nodes that wait')
    .addOption(definitionsOption())
    .option('--no-drain', 'do not move pods away with kubectl before')
    .option('--dry-run', 'say what would be restarted in which order, and stop')
    .option('--auto-approve', 'do not ask')
    .option('--wait <time>', 'how long each node may take', '15m')
    .addHelpText(
      'after',
      `
Examples:
  npm run restart -- home --dry-run
  npm run restart -- home
  npm run restart -- home talos-worker-1 --no-drain

Environment: TF_VAR_proxmox_<server>_api_token, OMNI_ENDPOINT, OMNI_SERVICE_ACCOUNT_KEY (role Reader is enough), OMNICTL,
  KUBECONFIG (of kubectl, unless --no-drain)

Exit codes: 0 nothing waits any more, 1 failed or refused: the nodes after it are left alone, 130 interrupted`,
    )
    .action(
      async (
        cluster: string | undefined,
        nodes: readonly string[],
        flags: Omit<RestartOptions, 'cluster' | 'nodes'>,
      ) => {
        const { runRestart } = await import('./commands/restart/restart');
        const { interruptible } = await import('./lib/platform/interrupt');
        const options = { ...flags, nodes, ...(cluster === undefined ? {} : { cluster }) };
        exit(await interruptible((signal) => runRestart(options, io, signal)));
      },
    );

  program
    .command('status')
    .summary('show what Terraform, Proxmox and Omni know of the machines of a cluster')
    .description(
      'Shows the machines of a cluster in one table: inventory, VM, and machine in Omni. Reads only; a part that cannot be asked is left out and named.',
    )
    .argument('[cluster]', ONE)
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
    .action(async (cluster: string | undefined, { json, ...flags }: StatusFlags) => {
      const { interruptible } = await import('./lib/platform/interrupt');
      const target = { ...targetOf(cluster), env: process.env };
      const options = { ...target, ...flags, ...(json ? { output: 'json' as const } : {}) };
      const { verbsOf } = await import('./commands/by-management');
      const verbs = await verbsOf(options);
      exit(await interruptible((signal) => verbs.status(options, io, signal)));
    });
}

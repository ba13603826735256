import type { Command } from 'commander';
import { collect, seconds } from './lib/project/flags';
import type { Io } from '../model/diagnostics/io';
import { targetOf } from './lib/project/workspace';

interface AdoptFlags {
  readonly from: readonly string[];
  readonly controlPlane: readonly string[];
  readonly worker: readonly string[];
  readonly gpuWorker: readonly string[];
  readonly skip: readonly string[];
  readonly output?: string;
  readonly removed?: string;
  readonly force?: boolean;
  readonly timeout: number;
  readonly talosconfig?: string;
  readonly context?: string;
}

/** Adds the command that takes over VMs that exist. */
export function addAdoptCommand(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('adopt')
    .summary('write a definition for VMs that exist, and prove that they stay as they are')
    .description(
      'Reads VMs from the servers, with their identity and hardware, writes a definition that imports them, and proves by a plan that none is destroyed or replaced. Changes nothing on the servers.',
    )
    .argument(
      '[cluster]',
      'name of the cluster; may be left out where a definition names it, and there is just one',
    )
    .option(
      '--from <file>',
      'a definition with servers and network, the terraform.tfvars of the starter, or a Terraform state (also as JSON of terraform show); may be repeated',
      collect,
      [],
    )
    .option(
      '--control-plane <vm>',
      'this VM is a control plane: name, may have *, or VMID; may be repeated',
      collect,
      [],
    )
    .option('--worker <vm>', 'this VM is a worker; may be repeated', collect, [])
    .option('--gpu-worker <vm>', 'this VM is a GPU worker; may be repeated', collect, [])
    .option(
      '--talosconfig <file>',
      'the VMs are nodes of the running cluster that this leads to: its configuration and secrets are taken over too',
    )
    .option('--context <name>', 'of the talosconfig (default: its current one)')
    .option('--skip <vm>', 'leave this VM or node out; may be repeated', collect, [])
    .option('-o, --output <file>', 'write to this file (default: clusters/<cluster>.yaml)')
    .option('--removed <file>', 'write removed blocks for the project that had the VMs so far')
    .option('--force', 'write over existing files')
    .option('--timeout <seconds>', 'how long to wait for each answer', seconds, 10)
    .addHelpText(
      'after',
      `
Examples:
  npm run adopt -- home --from servers.yaml --control-plane 'talos-control-*' --worker 'talos-worker-*'
  npm run adopt -- home --from ../starter/terraform.tfvars --from ../starter/terraform.tfstate
  npm run adopt -- home --from servers.yaml --talosconfig ~/.talos/config --context home
  terraform show -json > state.json && npm run adopt -- home --from servers.yaml --from state.json --removed removed.tf

Environment: TF_VAR_proxmox_<server>_api_token, TERRAFORM_BINARY_NAME, TALOSCTL, those of sops; CLUSTERS and CDKTF_OUTDIR say where definitions and output are

Exit codes: 0 proven and written, 1 failure, 2 the plan would do harm: nothing is written, 130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: AdoptFlags) => {
      const { runAdopt } = await import('./commands/adopt/adopt');
      const { interruptible } = await import('./lib/platform/interrupt');
      const { controlPlane, worker, gpuWorker, ...rest } = flags;
      const vms = { 'control-plane': controlPlane, worker, 'gpu-worker': gpuWorker };
      const options = { ...targetOf(cluster), vms, env: process.env, ...rest };
      exit(await interruptible((signal) => runAdopt(options, io, signal)));
    });
}

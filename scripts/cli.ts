#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { addAdoptCommand } from './cli-adopt';
import { addHelpCommands } from './cli-help';
import { addInitCommand } from './cli-init';
import { addOmniCommands } from './cli-omni';
import { addReviewCommands } from './cli-review';
import { addTalosCommands } from './cli-talos';
import type { GenerateOptions } from './commands/generate/generate';
import { ANY, definitionsOption, ONE, seconds } from './lib/project/flags';
import { failureText } from '../model/diagnostics/failure';
import { fail } from './lib/platform/io';
import { processIo, type Io } from '../model/diagnostics/io';
import { removeLeftovers } from './lib/platform/temporary';
import { memoryPlaces } from './lib/talos/memory';
import { outputFolder, stackFolder, targetOf, useAssembly } from './lib/project/workspace';

/**
 * Runs the command line. Only flags are read here; the work is in `commands/`, each of which is loaded when it is needed.
 *
 * @returns the exit code: 0 done, 1 failure or wrong usage
 */
export async function main(args: readonly string[], io: Io = processIo): Promise<number> {
  let code = 0;
  const program = createProgram(io, (result) => (code = result));
  try {
    if (args.length === 1 && /^(-V|--version)$/.test(args[0] ?? ''))
      return await (await import('./commands/version')).runVersion(io);
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    return fail([`error: ${failureText(error)}`], io);
  }
}

/** All commands with their flags; `exit` gets the exit code of the one that runs. */
export function createProgram(io: Io, exit: (code: number) => void): Command {
  const program = new Command('talos-proxmox')
    .description('Talos clusters on Proxmox VE, synthesized to Terraform JSON')
    .option(
      '-V, --version',
      'print the versions of this program, of providers, and of the programs that it calls',
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows all options)');

  program
    .command('synth')
    .summary('turn definitions into Terraform JSON')
    .description('Synthesizes cluster definitions to <output>/stacks/<cluster>/cdk.tf.json.')
    .addHelpText(
      'after',
      `
CLUSTERS says where definitions are (default: clusters), CDKTF_OUTDIR where the output goes (default: cdktf.out).

Exit codes: 0 done, 1 errors (the files stay as they are)`,
    )
    .action(async () => {
      const { runOwnApp } = await import('./lib/project/synth');
      exit(await runOwnApp());
    });

  program
    .command('import')
    .summary('turn the terraform.tfvars of the starter into a cluster definition')
    .description(
      'Turns the terraform.tfvars of any version of the starter into a commented cluster definition in YAML.',
    )
    .argument('<file>', 'the terraform.tfvars')
    .option('-o, --output <file>', 'write to this file instead of standard output')
    .option('--force', 'write over an existing file')
    .option('--json', 'print a report in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run import -- terraform.tfvars
  npm run import -- ../starter/terraform/terraform.tfvars -o clusters/home.yaml

Exit codes: 0 done, 1 the file cannot be read, the result would have errors, or the output exists`,
    )
    .action(async (file: string, flags: { output?: string; force?: boolean; json?: boolean }) => {
      const { runImport } = await import('./commands/import/import');
      exit(await runImport({ file, ...flags }, io));
    });

  addInitCommand(program, io, exit);
  addAdoptCommand(program, io, exit);

  program
    .command('generate')
    .summary('make the Omni cluster template of a cluster')
    .description(
      'Makes the Omni cluster template of a cluster from its definition and the machines that discover has matched.',
    )
    .argument('[cluster]', ONE)
    .addOption(definitionsOption())
    .option('--output <folder>', 'write to <folder>/<cluster>', 'machine-configs')
    .option(
      '--from-definition',
      'take the SMBIOS UUIDs of the definition for machine ids, before any VM exists',
    )
    .option('--check', 'write nothing; print what would change')
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Checks the result with omnictl and talosctl where they are installed (or named by OMNICTL and TALOSCTL).

Examples:
  npm run generate -- home
  npm run generate -- home --from-definition --output review
  npm run generate -- home --check

Exit codes: 0 done, 1 failure (the files stay as they are), 2 with --check: files differ, 130 interrupted`,
    )
    .action(async (cluster: string | undefined, flags: Omit<GenerateOptions, 'cluster'>) => {
      const { verbsOf } = await import('./commands/by-management');
      const { interruptible } = await import('./lib/platform/interrupt');
      const options = { ...flags, ...targetOf(cluster, flags.definitions) };
      const verbs = await verbsOf(options);
      exit(await interruptible((signal) => verbs.generate(options, io, signal)));
    });

  program
    .command('validate')
    .summary('check cluster definitions')
    .description(
      'Checks cluster definitions, each by itself and all against each other, and says what to set before a plan.',
    )
    .argument('[cluster]', ANY)
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  npm run validate
  npm run validate -- home
  npm run validate -- clusters/home.yaml --json

Exit codes: 0 no errors (there may be warnings), 1 errors`,
    )
    .action(async (cluster: string | undefined, flags: { json?: boolean }) => {
      const { runValidate } = await import('./commands/validate');
      exit(await runValidate({ ...targetOf(cluster), ...flags }, io));
    });

  program
    .command('doctor')
    .summary('ask the Proxmox VE servers whether they are ready for a plan')
    .description(
      'Checks cluster definitions as validate does, and then asks their Proxmox VE servers, with GET requests only, whether a plan and an apply can work.',
    )
    .argument('[cluster]', ANY)
    .option('--timeout <seconds>', 'how long to wait for each answer', seconds, 10)
    .option('--json', 'print the result in JSON on standard output')
    .addHelpText(
      'after',
      `
Tokens are read from TF_VAR_proxmox_<server>_api_token, certificates as the provider does, from the system and SSL_CERT_FILE.

Examples:
  npm run doctor
  npm run doctor -- home
  npm run doctor -- clusters/home.yaml --timeout 30 --json

Exit codes: 0 no errors (there may be warnings), 1 errors`,
    )
    .action(async (cluster: string | undefined, flags: { timeout: number; json?: boolean }) => {
      const { runDoctor } = await import('./commands/doctor');
      exit(await runDoctor({ ...targetOf(cluster), env: process.env, ...flags }, io));
    });

  addOmniCommands(program, io, exit);
  addReviewCommands(program, io, exit);
  addTalosCommands(program, io, exit);
  addHelpCommands(program, io, exit);

  program
    .command('with-secrets')
    .summary('run a command with the secrets of a SOPS file in its environment')
    .description(
      'Decrypts a SOPS file with sops into the environment of one command: never to disk, never into arguments.',
    )
    .argument('<command...>', 'the command and its arguments')
    .option('-f, --file <file>', 'the encrypted file (default: secrets.sops.yaml, else secrets.sops.env)')
    .passThroughOptions()
    .addHelpText(
      'after',
      `
Examples:
  npm run -s with-secrets -- terraform -chdir=cdktf.out/stacks/home plan
  npm run -s with-secrets -- --file prod.sops.yaml npx cdktf deploy prod --terraform-parallelism 4

Variables that are already set in the environment are kept.

Exit codes: that of the command, 128 + signal when a signal ended it; 1 the secrets could not be read, 127 no such command`,
    )
    .action(async (command: string[], flags: { file?: string }) => {
      const { runWithSecrets } = await import('./commands/with-secrets');
      exit(await runWithSecrets({ command, ...flags }, io));
    });

  for (const command of program.commands) if (ON_CLUSTERS.has(command.name())) takesAssembly(command);
  return program;
}

/** Commands that work on clusters as some app has synthesized them. */
const ON_CLUSTERS: ReadonlySet<string> = new Set([
  ...['validate', 'doctor', 'review', 'drift', 'move-state', 'status'],
  ...['discover', 'generate', 'apply', 'up', 'restart'],
]);

function takesAssembly(command: Command): void {
  command
    .option('--assembly <folder>', 'take clusters as synth has written them there, and run no app')
    .hook('preAction', (self) => {
      const { assembly } = self.opts<{ assembly?: string }>();
      if (assembly !== undefined) useAssembly(assembly);
    });
}

if (require.main === module) {
  process.on('uncaughtException', (error) => {
    fail([`error: ${failureText(error)}`], processIo);
    process.exit(1);
  });
  // `… | head` closes the pipe, and a terminal that is closed takes nothing: that is no failure of ours, and must not keep a
  // run from cleaning up.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  const places = [stackFolder(''), dirname(outputFolder())];
  for (const folder of removeLeftovers(places, [tmpdir(), ...memoryPlaces()]))
    processIo.err(
      `${folder}: left by a run that was killed, and kept because of a state in it; look at it\n`,
    );
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}

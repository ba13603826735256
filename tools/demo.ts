/**
 * `npm run demo [-- --keep]`: the main job from a definition to running VMs and back to nothing, on two simulated Proxmox
 * servers with the real Terraform and provider. Each step shows the command that a user types.
 */
import Table from 'cli-table3';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createColors } from 'picocolors';
import { parseDocument, type Document } from 'yaml';
import type { Inventory } from '../model/outputs';
import { run, type RunResult } from '../scripts/lib/exec';
import { wantsColour } from '../scripts/lib/terminal';
import { terraformBinary } from '../scripts/lib/terraform';
import { simulate, type Simulation } from '../simulators/pve';
import { ensureMirror, terraformEnv } from './mirror';
import { MIRROR_DIR, PROJECT_ROOT } from './paths';

const FOLDER = join(PROJECT_ROOT, 'cdktf.out', 'demo');
const short = (path: string): string => relative(PROJECT_ROOT, path);
const DEFINITION = short(join(FOLDER, 'home.yaml'));
const STACK = short(join(FOLDER, 'out', 'stacks', 'home'));

const pc = createColors(wantsColour(process.stdout));

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const heading = (text: string): void => say(`\n${pc.bold(text)}`);

/** A step that failed; the message is what the program said. */
class StepFailed extends Error {}

/** What of Terraform's output a reader of the demo wants to see. */
const WORTH_SHOWING = /^(Plan:|Apply complete|No changes|Destroy complete)/;

class Demo {
  private document: Document;
  private env: Readonly<Record<string, string | undefined>>;

  constructor(private readonly simulation: Simulation) {
    this.document = parseDocument(simulation.definition());
    this.env = { ...simulation.variables, CLUSTERS: DEFINITION, CDKTF_OUTDIR: short(join(FOLDER, 'out')) };
  }

  /** @returns whether Terraform could be shown */
  async start(): Promise<boolean> {
    heading('Two standalone Proxmox VE servers, simulated');
    for (const { name, endpoint } of Object.values(this.simulation.pve.sites)) say(`  ${name}  ${endpoint}`);
    await this.synth('From the definition to Terraform JSON', () => undefined);
    say(`  ${STACK}/cdk.tf.json, for review in a pull request`);
    return this.init();
  }

  async create(): Promise<void> {
    await this.terraform('What would be made', 'plan');
    await this.terraform('Make it', 'apply', '-auto-approve');
    await this.inventory();
    await this.terraform('Is anything left to do?', 'plan');
  }

  async grow(): Promise<void> {
    await this.synth(`One more worker in ${DEFINITION}: talos-worker-4 on pve2`, (document) => {
      document.addIn(
        ['workers'],
        document.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' }, { flow: true }),
      );
    });
    await this.terraform('Exactly one VM is added', 'apply', '-auto-approve');
    await this.inventory();
  }

  async destroy(): Promise<void> {
    const title = `Control planes do not go by accident: vm_protection: false in ${DEFINITION}`;
    await this.synth(title, (document) => {
      document.setIn(['defaults', 'control_planes', 'vm_protection'], false);
    });
    await this.terraform('Take the protection off', 'apply', '-auto-approve');
    await this.terraform('Remove all of it', 'destroy', '-auto-approve');
  }

  private async synth(title: string, change: (document: Document) => void): Promise<void> {
    change(this.document);
    writeFileSync(join(PROJECT_ROOT, DEFINITION), this.document.toString());
    await this.step(title, 'npm', ['run', '-s', 'synth']);
  }

  /** The provider comes from the mirror if it is there, else from the registry, else it is built from its Go module. */
  private async init(): Promise<boolean> {
    const { missing } = await run(terraformBinary(), ['version']);
    if (missing) return notShown((await ensureMirror([])) as { how: string });
    if (!existsSync(MIRROR_DIR)) {
      heading('Fetch the provider');
      const { code } = await run(terraformBinary(), [`-chdir=${STACK}`, 'init', '-input=false'], {
        cwd: PROJECT_ROOT,
        timeout: 90_000,
      });
      if (code === 0) return true;
      say('The Terraform registry did not answer; the provider is built from its Go module.');
    }
    const mirror = await ensureMirror(['proxmox']);
    if (!mirror.ok) return notShown(mirror);
    this.env = { ...this.env, ...mirror.env };
    await this.terraform('Fetch the provider', 'init');
    return true;
  }

  private async inventory(): Promise<void> {
    const { stdout } = await this.terraform('The inventory', 'output', '-json', 'machine_inventory');
    const table = new Table({
      head: ['machine', 'role', 'server', 'VMID', 'MAC', 'address', 'GiB'],
      style: { head: [], border: [] },
    });
    for (const machine of Object.values(JSON.parse(stdout) as Inventory)) {
      table.push([
        machine.hostname,
        machine.role,
        machine.proxmox_server,
        machine.vm_id,
        machine.mac_address,
        machine.ip_address,
        machine.disks.map(({ size_gb }) => size_gb).join(' + '),
      ]);
    }
    say(table.toString());
  }

  private async terraform(title: string, command: string, ...args: readonly string[]): Promise<RunResult> {
    const flags = command === 'output' ? [] : ['-input=false', '-no-color'];
    const all = [`-chdir=${STACK}`, command, ...flags, ...args];
    const result = await this.step(title, terraformBinary(), all);
    for (const line of result.stdout.split('\n')) if (WORTH_SHOWING.test(line)) say(`  ${line}`);
    return result;
  }

  /** Shows a command and runs it; on a terminal a clock shows that it goes on. */
  private async step(title: string, command: string, args: readonly string[]): Promise<RunResult> {
    heading(title);
    say(pc.cyan(`$ ${[command, ...args].join(' ')}`));
    const start = performance.now();
    const elapsed = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    const clock = process.stdout.isTTY
      ? setInterval(() => process.stdout.write(`\r  ${elapsed()}`), 200)
      : undefined;
    const result = await run(command, args, { cwd: PROJECT_ROOT, env: { ...terraformEnv(), ...this.env } });
    clearInterval(clock);
    if (clock !== undefined) process.stdout.write('\r\u001b[K');
    if (result.code !== 0) throw new StepFailed(`${result.stdout}\n${result.stderr}`.trim());
    return result;
  }
}

function notShown({ how }: { readonly how: string }): false {
  heading('Not shown: plan, apply, the inventory, growing and destroying');
  say(`  ${how}`);
  return false;
}

/** Keeps the servers for a person's own tries, until Ctrl-C. */
async function keep({ variables }: Simulation): Promise<void> {
  heading('The servers go on until Ctrl-C. In another shell:');
  for (const [name, value] of Object.entries(variables)) say(`  export ${name}='${value}'`);
  for (const [name, value] of Object.entries(terraformEnv()))
    say(`  export ${name}='${short(value) || value}'`);
  say(`  terraform -chdir=${STACK} plan`);
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
}

async function main(): Promise<void> {
  const kept = process.argv.includes('--keep');
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const simulation = await simulate(join(PROJECT_ROOT, 'clusters', 'home.yaml'), {
    stateDir: FOLDER,
    adjust: (sites) => sites.map((site) => ({ ...site, taskMs: 200 })),
  });
  try {
    const demo = new Demo(simulation);
    if (await demo.start()) {
      await demo.create();
      await demo.grow();
      if (kept) await keep(simulation);
      else await demo.destroy();
    }
    heading('Read next');
    say(
      '  README.md: make it yours    docs/guide/guards.md: what a plan refuses    clusters/: more examples',
    );
  } finally {
    await simulation.pve.close();
    if (!kept) rmSync(FOLDER, { recursive: true, force: true });
  }
}

main().catch((failure: unknown) => {
  process.exitCode = 1;
  const text =
    failure instanceof StepFailed
      ? failure.message
      : failure instanceof Error
        ? (failure.stack ?? '')
        : String(failure);
  process.stderr.write(`${text}\n`);
});

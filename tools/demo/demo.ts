import Table from 'cli-table3';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import type { Inventory } from '../../model/inventory/machine';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { terraformBinary } from '../../scripts/lib/terraform/terraform';
import { simulate, type Simulation } from '../../simulators/pve';
import { ensureMirror, terraformEnv } from '../mirror';
import { MIRROR_DIR, PROJECT_ROOT } from '../paths';
import { addWorker, CLUSTER, demoDefinition, standaloneDefinition, unprotect } from './definition';
import { notShown, type Lane, type Steps } from './lane';
import { omniLane } from './omni';
import { standaloneLane } from './standalone';
import { heading, say, show, step } from './screen';

const FOLDER = join(PROJECT_ROOT, 'cdktf.out', 'demo');
const short = (path: string): string => relative(PROJECT_ROOT, path);
const DEFINITION = short(join(FOLDER, `${CLUSTER}.yaml`));
const STACK = short(join(FOLDER, 'out', 'stacks', CLUSTER));

/** What of Terraform's output a reader of the demo wants to see. */
const TERRAFORM_LINES = /^(Plan:|Apply complete|No changes|Destroy complete)/;
/** And of our commands: results and refusals, not the differences and trees that omnictl shows for pages. */
const OUR_LINES =
  /^(- \S|Cluster "|demo: |\s*blocked|.*error\[live-|\d+ of \d+ (machines?|nodes?) |.*(cluster-template|sops)\.yaml: written|talosctl |kubeconfig)/;

/** What a person asks of the demo. */
export interface DemoOptions {
  /** The servers go on afterwards, until Ctrl-C. */
  readonly kept: boolean;
  /** Without Omni. */
  readonly standalone: boolean;
}

/** The job from a definition to a healthy cluster and back to nothing, as a user types it. */
export class Demo implements Steps {
  readonly definition = DEFINITION;
  private env: Readonly<Record<string, string | undefined>>;

  private constructor(
    private readonly simulation: Simulation,
    private readonly document: Document,
    private readonly lane: Lane | undefined,
  ) {
    this.env = {
      ...terraformEnv(),
      ...simulation.variables,
      ...lane?.env,
      CLUSTERS: DEFINITION,
      CDKTF_OUTDIR: short(join(FOLDER, 'out')),
    };
  }

  /** Starts the servers. */
  static async start({ kept, standalone }: DemoOptions): Promise<Demo> {
    remove();
    mkdirSync(FOLDER, { recursive: true });
    const file = join(FOLDER, `${CLUSTER}.yaml`);
    writeFileSync(file, (standalone ? standaloneDefinition() : demoDefinition()).toString());
    const simulation = await simulate(file, {
      stateDir: FOLDER,
      adjust: (sites) => sites.map((site) => ({ ...site, taskMs: 200 })),
    });
    heading('Two standalone Proxmox VE servers, simulated');
    for (const { name, endpoint } of Object.values(simulation.pve.sites)) say(`  ${name}  ${endpoint}`);
    const life = kept ? KEPT_MS : undefined;
    const lane = await (standalone ? standaloneLane(simulation, FOLDER, life) : omniLane(simulation, life));
    return new Demo(simulation, parseDocument(simulation.definition()), lane);
  }

  /** Ends the servers and removes what was written. */
  async stop({ kept }: Pick<DemoOptions, 'kept'>): Promise<void> {
    await this.lane?.stop();
    await this.simulation.pve.close();
    if (!kept) remove();
  }

  /** All steps. */
  async run({ kept }: Pick<DemoOptions, 'kept'>): Promise<void> {
    await this.synth('From the definition to Terraform JSON', () => undefined);
    say(`  ${STACK}/cdk.tf.json, for review in a pull request`);
    if (!(await this.init())) return;
    await this.create();
    if (this.lane) await this.lane.show(this);
    else await this.growServers();
    if (kept) await this.keep();
    else await this.destroy();
  }

  private async create(): Promise<void> {
    await this.terraform('What would be made', 'plan');
    await this.terraform('Make it', 'apply', '-auto-approve');
    await this.inventory();
    await this.terraform('Is anything left to do?', 'plan');
  }

  private async growServers(): Promise<void> {
    await this.synth(`One more worker in ${DEFINITION}: talos-worker-4 on pve2`, addWorker);
    await this.terraform('Exactly one VM is added', 'apply', '-auto-approve');
    await this.inventory();
  }

  private async destroy(): Promise<void> {
    const title = `Control planes do not go by accident: vm_protection: false in ${DEFINITION}`;
    await this.synth(title, unprotect);
    await this.terraform('Take the protection off', 'apply', '-auto-approve');
    await this.terraform('Remove all of it', 'destroy', '-auto-approve');
  }

  /** Keeps the servers for a person's own tries, until Ctrl-C. */
  private async keep(): Promise<void> {
    heading('The servers go on until Ctrl-C. In another shell:');
    for (const [name, value] of Object.entries(this.env))
      if (value !== undefined && name !== 'HOME') say(`  export ${name}='${value}'`);
    say(`  terraform -chdir=${STACK} plan`);
    if (this.lane) say(`  npm run status -- ${CLUSTER}`);
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  }

  readonly edit = (change: (document: Document) => void): void => {
    change(this.document);
    writeFileSync(join(PROJECT_ROOT, DEFINITION), this.document.toString());
  };

  private async synth(title: string, change: (document: Document) => void): Promise<void> {
    this.edit(change);
    await step(title, 'npm', ['run', '-s', 'synth'], { env: this.env });
  }

  readonly npm = async (
    title: string,
    [command = '', ...flags]: readonly string[],
    expect = 0,
  ): Promise<RunResult> => {
    const args = [
      'run',
      '-s',
      command,
      '--',
      ...(command === 'talos' ? [...flags, CLUSTER] : [CLUSTER, ...flags]),
    ];
    const result = await step(title, 'npm', args, { env: this.env, expect });
    if (command !== 'status') show(`${result.stdout}\n${result.stderr}`, OUR_LINES);
    return result;
  };

  /** The provider comes from the mirror if it is there, else from the registry, else it is built from its Go module. */
  private async init(): Promise<boolean> {
    const { missing } = await run(terraformBinary(), ['version']);
    const all = 'plan, apply, the inventory, the cluster, growing and removing';
    if (missing) {
      notShown(all, (await ensureMirror([])) as { how: string });
      return false;
    }
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
    if (!mirror.ok) {
      notShown(all, mirror);
      return false;
    }
    this.env = { ...this.env, ...mirror.env };
    await this.terraform('Fetch the provider', 'init');
    return true;
  }

  private async inventory(): Promise<void> {
    const { stdout } = await this.terraform('The inventory', 'output', '-json', 'machine_inventory');
    const table = new Table({
      head: ['machine', 'role', 'server', 'VMID', 'MAC', 'address, storage', 'disks, GiB', 'GPU'],
      style: { head: [], border: [] },
    });
    for (const machine of Object.values(JSON.parse(stdout) as Inventory)) {
      const { hostname, role, proxmox_server, vm_id, mac_address, nics, disks, gpu_mappings } = machine;
      const addresses = nics.map(({ ip_address }) => ip_address).join(', ');
      const sizes = disks.map(({ size_gb }) => size_gb).join(' + ');
      const gpus = gpu_mappings.join(', ');
      table.push([hostname, role, proxmox_server, vm_id, mac_address, addresses, sizes, gpus]);
    }
    say(table.toString());
  }

  private async terraform(title: string, command: string, ...args: readonly string[]): Promise<RunResult> {
    const flags = command === 'output' ? [] : ['-input=false', '-no-color'];
    const all = [`-chdir=${STACK}`, command, ...flags, ...args];
    const result = await step(title, terraformBinary(), all, { env: this.env });
    show(result.stdout, TERRAFORM_LINES);
    return result;
  }
}

/** An Omni that ends itself earlier would be gone before the servers are: a month, which is until Ctrl-C. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** What a run writes below the project; all of it is git-ignored. */
function remove(): void {
  for (const folder of [
    FOLDER,
    ...['machine-data', 'machine-configs'].map((name) => join(PROJECT_ROOT, name, CLUSTER)),
  ])
    rmSync(folder, { recursive: true, force: true });
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDocument, type Document } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { simulate, type Simulation } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosBridge,
  type TalosCall,
} from '../../simulators/talos';
import { ensureStandIn } from '../../tools/stand-in';
import type { MirrorEnv } from '../../tools/mirror';
import { runCli } from './cli';
import { standaloneTwin } from './standalone';
import { QUICK } from './talos';
import { runMain, temporaryFolder, terraform } from './terraform';
import type { Vault } from './vault';

/** A cluster of `engine: terraform` on simulated servers and nodes, with the real Terraform. */
export class TerraformEngineWorld {
  readonly subnet = loopbackSubnet();

  private constructor(
    readonly folder: string,
    readonly simulation: Simulation,
    readonly talos: Talos,
    private readonly bridged: TalosBridge,
    private readonly mirror: MirrorEnv,
    /** The definition: change it, and `synth()`. */
    readonly document: Document,
    private readonly vault: Vault,
  ) {}

  /** @param edit of the definition, before there are servers for it */
  static async start(vault: Vault, edit: (document: Document) => void): Promise<TerraformEngineWorld> {
    const standIn = await ensureStandIn(process.env['TALOS_PROVIDER_MIRROR']);
    if (!standIn.ok) throw new Error(standIn.how);
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'clusters'));
    vault.addRules(folder);
    const subnet = loopbackSubnet();
    const source = join(folder, 'source.yaml');
    const home = parseDocument(
      standaloneTwin(
        readFileSync(join('clusters', 'home.yaml'), 'utf8').replaceAll('192.168.10.', `${subnet}.`),
        `${subnet}.50`,
        { engine: 'terraform', secrets_in_local_state: true },
      ),
    );
    edit(home);
    writeFileSync(source, home.toString());
    const simulation = await simulate(source, { stateDir: folder });
    const talos = await startTalos({ timing: QUICK });
    const bridged = bridgeTalos(simulation.pve, talos);
    const document = parseDocument(simulation.definition());
    return new TerraformEngineWorld(folder, simulation, talos, bridged, standIn.env, document, vault);
  }

  async stop(): Promise<void> {
    await this.bridged.close();
    await this.simulation.pve.close();
    await this.talos.stop();
  }

  private get env(): Record<string, string> {
    return {
      ...this.mirror,
      ...this.vault.env,
      ...this.simulation.variables,
      ...(this.talos.env as Record<string, string>),
      CLUSTERS: join(this.folder, 'clusters'),
      CDKTF_OUTDIR: join(this.folder, 'cdktf.out'),
      NO_COLOR: '1',
    };
  }

  write(): void {
    writeFileSync(join(this.folder, 'clusters/home.yaml'), this.document.toString());
  }

  /** Waits until machines have their names: Terraform does not wait for the boot of the last one. */
  async named(names: readonly string[]): Promise<void> {
    const wanted = [...names].sort().join();
    for (let tries = 0; ; tries++) {
      const found = (await this.talos.machines()).map(({ hostname }) => hostname).sort();
      if (found.join() === wanted) return;
      if (tries === 100) throw new Error(`${found.join()} in place of ${wanted}`);
      await sleep(200);
    }
  }

  /** Writes the definition, and makes Terraform JSON of it. */
  async synth(): Promise<void> {
    this.write();
    well(await runMain(join(this.folder, 'clusters'), join(this.folder, 'cdktf.out')));
    well(await this.terraform('init', '-input=false'));
  }

  terraform(...args: readonly string[]): Promise<RunResult> {
    const dir = join(this.folder, 'cdktf.out/stacks/home');
    const [command = '', ...others] = args;
    return terraform(dir, [command, '-no-color', ...others], this.env);
  }

  /** @returns what Terraform says */
  async apply(...args: readonly string[]): Promise<string> {
    return well(await this.terraform('apply', '-input=false', '-auto-approve', ...args));
  }

  /** The resources that a plan would change; empty where it would change nothing. */
  async plan(): Promise<string[]> {
    const planned = await this.terraform('plan', '-input=false', '-detailed-exitcode');
    if (planned.code === 1) throw new Error(planned.stdout + planned.stderr);
    const lines = planned.stdout.matchAll(/^ {2}# (\S+) (?:will|must) be (.*)$/gm);
    return [...lines].map(([, address = '', what = '']) => `${address}: ${what}`).sort();
  }

  /** A value that Terraform puts out, however sensitive. */
  async output(name: string): Promise<string> {
    return (await this.terraform('output', '-raw', name)).stdout;
  }

  /** The command line of this project, in the folder of the cluster. */
  readonly cli = (...args: readonly string[]): Promise<RunResult> =>
    runCli(args, { cwd: this.folder, timeout: 180_000, env: this.env });

  /** All requests of a method, oldest first, each with the node that answered it. */
  readonly calls = async (method: string): Promise<(TalosCall & { readonly node: string })[]> => {
    const machines = await this.talos.machines();
    const all = await Promise.all(
      machines.map(async ({ id, hostname }) =>
        (await this.talos.calls(id)).map((call) => ({ ...call, node: hostname })),
      ),
    );
    return all
      .flat()
      .filter((call) => call.method.endsWith(`/${method}`))
      .sort((a, b) => a.at - b.at);
  };

  remove(file: string): void {
    rmSync(join(this.folder, file), { recursive: true, force: true });
  }
}

/** Both streams of what went well; throws them where it did not. */
export function well({ code, stdout, stderr }: RunResult): string {
  if (code !== 0) throw new Error(`${code}: ${stdout}${stderr}`);
  return stdout + stderr;
}

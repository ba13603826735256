import {
  leavingNodes,
  neededSchematics,
  reviewPlan,
  type LeavingNodes,
  type Review,
} from '../../model/review';
import { waitingLine } from '../../model/proxmox/pending';
import { allowCommand } from '../../model/review/words';
import { some } from '../../model/support/text';
import type { AssembledCluster } from '../../model/assembly/read';
import { applyStack } from '../lib/terraform/apply-stack';
import { chooseCluster } from '../lib/project/choose-cluster';
import { confirm } from '../lib/platform/confirm';
import { INTERRUPTED } from '../lib/platform/interrupt';
import { explainTerraform } from '../lib/terraform/explain-terraform';
import { fail } from '../lib/platform/io';
import type { Io } from '../../model/diagnostics/io';
import { allowErrors, completePlan, withPlansOf } from '../lib/terraform/plan-source';
import type { PlannedStack, PlanResult } from '../lib/terraform/plan-stack';
import { askLiveMachines } from '../lib/proxmox/machines';
import { reviewText } from '../lib/review/text';
import { waitingIn } from '../lib/proxmox/waiting';
import { verbsFor, type Verbs } from './by-management';

export interface UpOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string;
  /** A definition or a folder of definitions. */
  readonly definitions: string;
  /** What the plan may do: `replace:worker-3`. `remove:` of a node is the same as `remove`. */
  readonly allow: readonly string[];
  /** Nodes that may leave the cluster and be destroyed. */
  readonly remove: readonly string[];
  /** Fingerprint of the one plan that may be applied. */
  readonly expect?: string;
  /** Do not ask. */
  readonly autoApprove?: boolean;
  /** How long to wait for the machines to join, and for the cluster to be healthy: `20m`. */
  readonly wait: string;
  /** Show the plan, and what would be done after it, and stop. */
  readonly dryRun?: boolean;
  /** Without Omni: nodes that may reboot for their configuration. */
  readonly reboot: readonly string[];
  /** Without Omni: a file that gets the kubeconfig. */
  readonly kubeconfig?: string;
  /** Without Omni: print what talosctl would be called with; as `dryRun` otherwise. */
  readonly printCommands?: boolean;
  /** All that the tools say. */
  readonly verbose?: boolean;
  readonly colour: boolean;
}

/**
 * Brings a cluster from its definition to healthy nodes: plan, Terraform apply, discover, generate for Omni, apply. Each step does
 * nothing where there is nothing to do, so that a run that was ended goes on with the next one.
 *
 * @returns 0 all done; 1 failed or refused; 2 the plan is destructive, and nobody allowed that, or not the one expected
 */
export async function runUp(options: UpOptions, io: Io, signal: AbortSignal): Promise<number> {
  const allow = [...options.allow, ...options.remove.map((node) => `remove:${node}`)];
  const wrong = allowErrors(options.allow);
  if (wrong.length > 0) return fail(wrong, io);
  const chosen = await chooseCluster(options.definitions, options.cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const up = new Up(chosen, { ...options, allow }, io, signal);
  const code = await up.run([up.ready, up.servers, ...up.join()]);
  const { name } = chosen.cluster;
  if (code === INTERRUPTED) {
    io.err(`${name}: interrupted; run the same command again to continue\n`);
    return code;
  }
  if (code !== 0) {
    io.err(`${name}: stopped here; ${up.next}\n`);
    return code;
  }
  if (up.isDry) {
    io.err(`${name}: nothing was changed\n`);
    return code;
  }
  const waiting = await waitingIn(chosen);
  for (const text of waiting.problems)
    io.err(`note: whether nodes wait for a restart is not known: ${text}\n`);
  const line = waitingLine(name, waiting);
  io.err(line === '' ? `${name}: up\n` : `${name}: up, but ${line}\n`);
  return code;
}

const MACHINE_CONFIGS = 'machine-configs';

type StepFunction = () => Promise<number>;

const NOBODY: LeavingNodes = { leave: [], gone: [], changed: [] };

/** How to go on after a review that is blocked. */
function wayOn(review: Review): string {
  const command = allowCommand(review, 'up');
  return command === ''
    ? 'repair what no flag allows, then run the same command again'
    : `if all of it is meant: ${command}`;
}

class Up {
  private readonly name: string;
  private nodes = NOBODY;
  private readonly verbs: Verbs;
  readonly isDry: boolean;
  /** Whether the servers are as the definition says. */
  private isPlanned = false;
  /** What to do after a failure. */
  next = 'run the same command again once the cause is fixed';

  constructor(
    private readonly checked: AssembledCluster,
    private readonly options: UpOptions,
    private readonly io: Io,
    private readonly signal: AbortSignal,
  ) {
    this.name = checked.cluster.name;
    this.verbs = verbsFor(checked.cluster.management);
    this.isDry = options.dryRun === true || options.printCommands === true;
  }

  /** Up to the first step that fails. */
  async run(steps: readonly StepFunction[]): Promise<number> {
    for (const step of steps) {
      const code = await step();
      if (this.signal.aborted) return INTERRUPTED;
      if (code !== 0) return code;
    }
    return 0;
  }

  /** What is missing for the steps after Terraform is told before it makes anything. */
  ready = async (): Promise<number> => {
    const { management } = this.checked.cluster;
    // Terraform makes the secrets of its clusters.
    if (management.kind !== 'standalone' || management.engine === 'terraform') return 0;
    const { withStandalone } = await import('./standalone/context');
    const { filledPatches } = await import('./standalone/filled-patches');
    const code = await withStandalone(this.checked, this.io, this.signal, () =>
      Promise.resolve(filledPatches(this.checked, this.io) ? 0 : 1),
    );
    if (code !== 0) this.next = 'nothing was changed';
    return code;
  };

  /** Terraform's part: what the plan says, if it may, and a person wants it. */
  servers = (): Promise<number> => {
    const { definitions, allow } = this.options;
    this.title(`npm run review -- ${this.name}`);
    const { cluster, draft } = this.checked;
    const request = { cluster, draft, definitions, allow, signal: this.signal };
    return withPlansOf(request, this.io, (result, stacks) => {
      const apply = stacks.map((stack) => () => this.applyPlan(stack));
      const changes = this.isDry ? [] : [this.leave, ...apply];
      return this.run([() => this.judge(result), () => this.giveSchematics(result), ...changes]);
    });
  };

  /** @returns 0 where the plans may be applied */
  private async judge(result: PlanResult): Promise<number> {
    const { allow, remove, colour, autoApprove, expect } = this.options;
    const { warnings: notes, refusals, existing = [] } = result;
    const complete = completePlan(result);
    if ('problems' in complete) return fail(complete.problems, this.io);
    const { plan } = complete;
    const live = await askLiveMachines(plan, this.checked);
    const review = reviewPlan(plan, this.checked.cluster, { allow, notes, refusals, existing, live });
    this.io.out(reviewText(review, colour, 'up'));
    // Plans with refusals were made without guards, to be read only.
    if (review.verdict === 'blocked' || refusals.length > 0) {
      this.next = `nothing was changed; ${wayOn(review)}`;
      return 2;
    }
    this.nodes = leavingNodes(plan, review, this.checked.cluster, remove);
    const { leave, changed } = this.nodes;
    if (leave.length > 0 && changed.length > 0) {
      this.next = `nothing was changed; ${some(leave)} must leave the cluster while everything else is as it was applied, and the definition also changes ${some(changed)}: take that back, run the same command again, then change it`;
      return 2;
    }
    this.isPlanned = !plan.applyable;
    if (!plan.applyable || this.isDry) return 0;
    if (expect !== undefined && expect !== review.fingerprint) {
      this.next = `this is plan ${review.fingerprint}, and not ${expect}, which was expected: read it and approve it again`;
      return 2;
    }
    const question = `Apply this plan to ${this.name}?`;
    return autoApprove || (await confirm(question, '--auto-approve', this.io, this.signal)) ? 0 : 1;
  }

  /** Servers download an image only of a schematic that its factory knows. */
  private async giveSchematics(result: PlanResult): Promise<number> {
    const plan = completePlan(result);
    const needed = 'plan' in plan ? neededSchematics(plan.plan, this.checked.cluster) : [];
    if (needed.length === 0) return 0;
    const { giveSchematic, giveCommand } = await import('../lib/talos/factory');
    for (const schematic of needed) {
      const { factory, id } = schematic;
      const name = `schematic ${id.slice(0, 12)}`;
      if (this.options.printCommands) this.io.out(`${giveCommand(schematic)}\n`);
      if (this.isDry) {
        this.io.err(`${name} would be given to ${factory}\n`);
        continue;
      }
      const given = await giveSchematic(schematic, this.signal);
      if (this.signal.aborted) return 1;
      if (given.state === 'refused') {
        this.next = 'nothing was changed; repair that, and run the same command again';
        return fail([`error: ${name} cannot be given to ${factory}: ${given.why}`], this.io);
      }
      this.io.err(
        given.state === 'known'
          ? `${name}: known to ${factory}\n`
          : `note: ${name} was not given to ${factory} from here: ${given.why}. Servers can download its images if the factory knows it already; else give it there by hand: npm run up -- ${this.name} --print-commands prints how\n`,
      );
    }
    return 0;
  }

  private async applyPlan({ dir, file, result }: PlannedStack): Promise<number> {
    const plan = completePlan(result);
    if ('plan' in plan && !plan.plan.applyable) return 0;
    this.title('terraform apply <the plan>');
    const tell = (line: string): void => this.io.err(`${line}\n`);
    const { code, errors, log } = await applyStack({
      dir,
      file,
      signal: this.signal,
      ...(this.options.verbose ? { onMessage: tell } : { onDone: tell }),
    });
    if (code === 0) return 0;
    if (this.signal.aborted) return 1;
    const told = explainTerraform(errors, { cluster: this.name, dir });
    return fail([...told.map((error) => `error: ${error}`), `all that Terraform said: ${log}`], this.io);
  }

  /**
   * The cluster without the nodes that leave; whoever stays must be known already. A node leaves the cluster while its VM still
   * runs: afterwards Omni could not reset it, and would wait for it.
   */
  private leave = (): Promise<number> => {
    const { leave, gone } = this.nodes;
    if (leave.length === 0) return Promise.resolve(0);
    switch (this.checked.cluster.management.kind) {
      case 'omni':
        this.nodes = NOBODY;
        return this.run([
          () => this.discover({ allowPartial: true }),
          () => this.generate(),
          () => this.apply(leave, gone),
        ]);
      case 'standalone':
        return this.haveLeft(leave);
      case 'none':
        return Promise.resolve(0);
    }
  };

  /** Without Omni a node is taken out of the cluster by hand; its VM goes only after that. */
  private async haveLeft(leave: readonly string[]): Promise<number> {
    const { missingLeaves } = await import('./standalone/leave');
    const problems = await missingLeaves(this.checked, leave, this.io, this.signal);
    return problems.length === 0 ? 0 : fail([...problems, 'nothing was changed'], this.io);
  }

  /** The cluster as the definition says. */
  join = (): readonly StepFunction[] => {
    const { wait } = this.options;
    const { management } = this.checked.cluster;
    switch (management.kind) {
      case 'omni':
        if (this.isDry) return [];
        return [() => this.discover({ wait }), () => this.generate(), () => this.apply([], this.nodes.gone)];
      case 'standalone':
        if (!this.isDry) return [() => this.discover({ wait, allowPartial: true }), () => this.apply([], [])];
        if (management.engine === 'terraform') return [];
        return [() => (this.isPlanned ? this.apply([], []) : Promise.resolve(0))];
      case 'none':
        return [];
    }
  };

  private discover(flags: { readonly allowPartial?: true; readonly wait?: string }): Promise<number> {
    const { name: cluster, io, signal } = this;
    const { definitions } = this.options;
    this.title(
      `npm run discover -- ${cluster}${flags.allowPartial ? ' --allow-partial' : ''}${flags.wait === undefined ? '' : ` --wait ${flags.wait}`}`,
    );
    // Who is who is in its file; here is of interest who is missing.
    const quiet = this.options.verbose ? io : { ...io, out: () => undefined };
    return this.verbs.discover({ cluster, definitions, ...flags }, quiet, { signal });
  }

  private generate(): Promise<number> {
    this.title(`npm run generate -- ${this.name}`);
    const { definitions } = this.options;
    const options = { cluster: this.name, definitions, output: MACHINE_CONFIGS };
    return this.verbs.generate(options, this.io, this.signal);
  }

  private apply(remove: readonly string[], gone: readonly string[]): Promise<number> {
    const { definitions, wait, autoApprove = false, verbose = false, ...rest } = this.options;
    const { reboot, kubeconfig, printCommands = false } = rest;
    const flags = [
      ...remove.map((node) => `--remove ${node}`),
      ...gone.map((node) => `--gone ${node}`),
      ...reboot.map((node) => `--reboot ${node}`),
      ...(kubeconfig === undefined ? [] : [`--kubeconfig ${kubeconfig}`]),
      ...(printCommands ? ['--print-commands'] : this.isDry ? ['--dry-run'] : []),
    ];
    this.title(`npm run apply -- ${[this.name, ...flags].join(' ')}`);
    const where = { cluster: this.name, definitions, machineConfigs: MACHINE_CONFIGS };
    const given = { remove, gone, removePatches: [], timeout: '10m', wait, autoApprove };
    const without = { reboot, printCommands, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
    const options = { ...where, ...given, ...without, dryRun: this.isDry, brief: !verbose };
    return this.verbs.apply(options, this.io, this.signal);
  }

  private title(command: string): void {
    this.io.err(`$ ${command}\n`);
  }
}

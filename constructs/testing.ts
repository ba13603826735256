/**
 * For tests of clusters, with any test runner: what an app synthesizes, as data, without Terraform and without a file that stays.
 *
 * @packageDocumentation
 */
import './creation-stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { parseYaml } from '../model/cluster/definition/yaml';
import { problemTexts } from '../model/diagnostics/lines';
import type { Inventory } from '../model/inventory/inventory';
import { checkDefinitions, type CheckedCluster } from '../model/load/load';
import { buildNow } from './stacks/before-synth';
import { ClusterStack } from './cluster-stack';
import { TalosCluster, type TalosClusterInput } from './talos-cluster';

/** A block of Terraform JSON. */
export type TerraformBlock = Readonly<Record<string, unknown>>;

/** A stack as Terraform reads it, without the comments of cdktf. What the stack lacks is empty. */
export interface TerraformJson {
  /** Resources by type and name. */
  readonly resource: Readonly<Record<string, Readonly<Record<string, TerraformBlock>>>>;
  /** Data sources by type and name. */
  readonly data: Readonly<Record<string, Readonly<Record<string, TerraformBlock>>>>;
  /** Providers by name. */
  readonly provider: Readonly<Record<string, readonly TerraformBlock[]>>;
  /** Variables by name. */
  readonly variable: Readonly<Record<string, TerraformBlock>>;
  /** Outputs by name. */
  readonly output: Readonly<Record<string, TerraformBlock>>;
  /** Local values by name. */
  readonly locals: TerraformBlock;
  /** Version constraints and the backend. */
  readonly terraform: TerraformBlock;
  /** Resources that have a new address. */
  readonly moved?: readonly TerraformBlock[];
  /** Resources that exist and are taken into the state. */
  readonly import?: readonly TerraformBlock[];
  /** Resources that the state forgets. */
  readonly removed?: readonly TerraformBlock[];
}

/** What an app synthesizes. */
export class Synthesized {
  private constructor(
    /** Terraform JSON by name of the stack. */
    readonly stacks: Readonly<Record<string, TerraformJson>>,
    /** All machines of all clusters, by name. */
    readonly inventory: Inventory,
  ) {}

  /** For `synthesize()`. @internal */
  static of(stacks: Readonly<Record<string, TerraformJson>>, inventory: Inventory): Synthesized {
    return new Synthesized(stacks, inventory);
  }

  /** All resources of a type by name; where two stacks have one of a name, `stacks` tells them apart. */
  resources(type: string): Readonly<Record<string, TerraformBlock>> {
    return Object.assign({}, ...Object.values(this.stacks).map(({ resource }) => resource[type])) as Readonly<
      Record<string, TerraformBlock>
    >;
  }

  /** One resource. @throws Error if there is none, with the names of those that there are */
  resource(type: string, name: string): TerraformBlock {
    const all = this.resources(type);
    const found = all[name];
    if (found) return found;
    throw new Error(`no ${type}.${name}; there is ${Object.keys(all).join(', ') || 'none'}`);
  }

  /** The VM of a node. @throws Error if there is none */
  vm(node: string): TerraformBlock {
    return this.resource('proxmox_virtual_environment_vm', node);
  }
}

/**
 * Synthesizes what a function adds to an app.
 *
 * @throws ValidationError with the problems of a cluster
 * @example
 * const { stacks } = synthesize((app) => new ClusterStack(app, 'home', props));
 */
export function synthesize(build: (app: App) => void): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'talos-proxmox-testing-'));
  try {
    const app = new App({ outdir });
    build(app);
    // What waits for synthesis may be further stacks.
    for (const stack of stacksOf(app)) buildNow(stack);
    const rendered = stacksOf(app).map((stack) => [stack.node.id, synthesizeStack(stack)] as const);
    const clusters = app.node.findAll().filter((node) => node instanceof TalosCluster);
    const machines = clusters.map(({ inventory }) => inventory);
    return Synthesized.of(Object.fromEntries(rendered), Object.assign({}, ...machines) as Inventory);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const stacksOf = (app: App): TerraformStack[] =>
  app.node.findAll().filter((node) => TerraformStack.isStack(node));

/** Synthesizes one cluster in a stack of its own. @throws Error with all problems */
export const synthesizeCluster = (props: TalosClusterInput, id = 'test'): Synthesized =>
  synthesize((app) => new ClusterStack(app, id, props));

/** A definition in YAML, checked. @throws Error with all problems, as the commands tell them */
export function clusterFromYaml(text: string, file = 'test.yaml'): CheckedCluster {
  const { clusters, diagnostics } = checkDefinitions([parseYaml(file, text)]);
  const [checked] = clusters;
  if (checked) return checked;
  throw new Error(problemTexts(diagnostics).join('\n'));
}

/** One stack of an app that the test has made. @throws Error with what its validations say */
export function synthesizeStack(stack: TerraformStack): TerraformJson {
  stack.prepareStack();
  stack.runAllValidations();
  const text = JSON.stringify(stack.toTerraform());
  const json = JSON.parse(text, (key, value: unknown) =>
    key === '//' ? undefined : value,
  ) as Partial<TerraformJson>;
  return { ...EMPTY, ...json };
}

const EMPTY: TerraformJson = {
  resource: {},
  data: {},
  provider: {},
  variable: {},
  output: {},
  locals: {},
  terraform: {},
};

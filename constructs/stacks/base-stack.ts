import {
  TerraformBackend,
  TerraformDataSource,
  TerraformElement,
  TerraformLocal,
  TerraformModule,
  TerraformOutput,
  TerraformProvider,
  TerraformResource,
  TerraformStack,
  TerraformVariable,
  Token,
} from 'cdktf';
import type { Construct, IConstruct, Node } from 'constructs';
import { localBackend } from '../../model/cluster/resolve';
import { ValidationError } from './errors';
import { addressOf } from './address';
import { escaped } from './create';
import { renderStack, resolveValue, stackElements } from './render';
import { StateBackend } from './state-backend';

/**
 * The stack that everything of this project lives in. It names resources readably, and checks on the whole tree, also on
 * constructs that are not ours, what cdktf lets pass: two elements of one address (it merges them silently), Proxmox
 * resources without a provider of this very stack, and literal API tokens.
 */
export class BaseStack extends TerraformStack {
  private readonly moves: { readonly from: string; readonly to: string }[] = [];
  private readonly imports: { readonly id: string; readonly to: string }[] = [];
  private readonly forgets: { readonly from: string; readonly lifecycle: { readonly destroy: false } }[] = [];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const check of [checkAddresses, checkProviders, checkTokens]) {
      this.node.addValidation({ validate: () => check(this) });
    }
  }

  /** The stack that a construct stands in. @throws ValidationError if that is not one of ours. */
  static override of(construct: IConstruct): BaseStack {
    const stack = TerraformStack.of(construct);
    if (stack instanceof BaseStack) return stack;
    throw new ValidationError(
      'stands in a plain TerraformStack; put it into a BaseStack, which keeps addresses stable',
      construct,
    );
  }

  /** Says that what the state knows by one address is now at another, so that nothing is destroyed for its new name. */
  addMove(from: string, to: string): void {
    this.moves.push({ from, to });
    this.addOverride('moved', this.moves);
  }

  /**
   * Says that what the state still knows by an address is none of this stack's business any more: the next apply forgets it
   * instead of destroying it.
   */
  addForget(from: string): void {
    this.forgets.push({ from, lifecycle: { destroy: false } });
    this.addOverride('removed', this.forgets);
  }

  /** Says that what the state does not know yet exists already. Once the state has it, Terraform passes over this. */
  addImport(id: string, to: string): void {
    this.imports.push({ id: escaped(id), to });
    this.addOverride('import', this.imports);
  }

  /** The backend of the stack. Without one, cdktf would write an absolute path of this machine into the JSON. */
  override ensureBackendExists(): TerraformBackend {
    const own = stackElements(this).find((element) => TerraformBackend.isBackend(element));
    return own ?? new StateBackend(this, localBackend(this.node.id));
  }

  /** Registers what references need before the stack is rendered; cdktf calls it. */
  override prepareStack(): void {
    this.ensureBackendExists();
    for (const element of stackElements(this)) resolveValue(this, element.toTerraform(), true);
  }

  /** The stack as Terraform JSON; cdktf calls it. */
  override toTerraform(): Record<string, unknown> {
    return renderStack(this);
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const { scopes } = TerraformElement.isTerraformElement(element) ? element.node : element;
    return addressOf(scopes.slice(scopes.indexOf(this) + 1));
  }
}

/** Address as Terraform has it, or `undefined` for elements without one. */
function address(element: TerraformElement): string | undefined {
  if (TerraformResource.isTerraformResource(element)) {
    return `${element.terraformResourceType}.${element.friendlyUniqueId}`;
  }
  if (TerraformDataSource.isTerraformDataSource(element)) {
    return `data.${element.terraformResourceType}.${element.friendlyUniqueId}`;
  }
  if (TerraformOutput.isTerraformOutput(element)) return `output.${element.friendlyUniqueId}`;
  if (element instanceof TerraformVariable) return `var.${element.friendlyUniqueId}`;
  if (element instanceof TerraformLocal) return `local.${element.friendlyUniqueId}`;
  if (element instanceof TerraformModule) return `module.${element.friendlyUniqueId}`;
  return undefined;
}

function checkAddresses(stack: TerraformStack): string[] {
  const owners = new Map<string, TerraformElement>();
  const problems: string[] = [];
  for (const element of stackElements(stack)) {
    const name = address(element);
    const owner = name === undefined ? undefined : owners.get(name);
    if (name === undefined) continue;
    if (!owner) owners.set(name, element);
    else {
      problems.push(
        `${owner.node.path} and ${element.node.path} have the same address ${name}, so one would vanish; give one of them another id`,
      );
    }
  }
  return problems;
}

function checkProviders(stack: TerraformStack): string[] {
  const problems: string[] = [];
  const aliases = new Map<string, TerraformProvider>();
  for (const element of stackElements(stack)) {
    const path = element.node.path;
    if (element instanceof TerraformProvider) {
      if (element.terraformResourceType !== 'proxmox') continue;
      const owner = aliases.get(element.alias ?? '');
      if (!element.alias)
        problems.push(`${path} is a proxmox provider without alias; give it the alias of its server`);
      else if (owner)
        problems.push(`${owner.node.path} and ${path} share the alias "${element.alias}"; rename one`);
      else aliases.set(element.alias, element);
    } else if (isProxmox(element)) {
      if (!element.provider) {
        problems.push(
          `${path} has no provider, so it would go to no server; pass the provider of its server`,
        );
      } else if (TerraformStack.of(element.provider) !== stack) {
        problems.push(
          `${path} has the provider of stack "${TerraformStack.of(element.provider).node.id}"; pass one of its own stack`,
        );
      } else {
        const wrong = wrongServer(element, element.provider);
        if (wrong) problems.push(`${path} ${wrong}`);
      }
    }
  }
  return problems;
}

const isProxmox = (element: TerraformElement): element is TerraformResource | TerraformDataSource =>
  (TerraformResource.isTerraformResource(element) || TerraformDataSource.isTerraformDataSource(element)) &&
  element.terraformResourceType.startsWith('proxmox_');

/** Node names that a provider reaches: those of its server and of its Proxmox cluster. Set by `ProxmoxServers`. */
export const REACHES = Symbol('proxmox-nodes');

function wrongServer(element: TerraformElement, provider: TerraformProvider): string | undefined {
  const reached = (provider as { [REACHES]?: readonly string[] })[REACHES];
  const nodeName = (element as { nodeNameInput?: unknown }).nodeNameInput;
  if (!reached || typeof nodeName !== 'string' || Token.isUnresolved(nodeName) || reached.includes(nodeName))
    return undefined;
  return `is on node "${nodeName}", but provider proxmox.${provider.alias} reaches ${reached.join(', ')}; pass the provider of its server`;
}

function checkTokens(stack: TerraformStack): string[] {
  return stackElements(stack).flatMap((element) => {
    if (!(element instanceof TerraformProvider) || element.terraformResourceType !== 'proxmox') return [];
    const inputs = element as { apiTokenInput?: unknown; passwordInput?: unknown };
    return (['apiTokenInput', 'passwordInput'] as const)
      .filter((key) => inputs[key] !== undefined && !Token.isUnresolved(inputs[key]))
      .map(
        (key) =>
          `${element.node.path} has its ${key === 'apiTokenInput' ? 'API token' : 'password'} as literal text; use a sensitive TerraformVariable`,
      );
  });
}

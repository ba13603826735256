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
import type { Construct, Node } from 'constructs';
import { localBackend } from '../../model/cluster/resolve';
import { addressOf } from './address';
import { renderStack, resolveValue, stackElements } from './render';
import { StateBackend } from './state-backend';

/**
 * A stack that names resources readably, also those that are not ours, renders fast, and keeps a local state at a relative path. As in
 * every stack with Proxmox servers, the whole tree is checked for what cdktf lets pass: two elements of one address (it merges them
 * silently), Proxmox resources without a provider of this very stack, and literal API tokens.
 */
export class BaseStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    checkTree(this);
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

const checked = new WeakSet<TerraformStack>();

/** Makes synthesis check a stack, whoever made it. */
export function checkTree(stack: TerraformStack): void {
  if (checked.has(stack)) return;
  checked.add(stack);
  for (const check of [checkAddresses, checkProviders, checkTokens])
    stack.node.addValidation({ validate: () => check(stack) });
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

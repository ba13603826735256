import { Construct, type IConstruct } from 'constructs';

const ADDRESS_SCOPE = Symbol('address-scope');

/**
 * A construct that resource addresses start below. What stands in an address scope is named by its path from there on:
 * a VM at `home/team/cluster/nodes/cp-1/Resource` has the address `proxmox_virtual_environment_vm.cp-1`, however deep
 * the cluster is nested, because `nodes` is an address scope.
 */
export class AddressScope extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    Object.defineProperty(this, ADDRESS_SCOPE, { value: true });
  }
}

const isAddressScope = (construct: IConstruct): boolean => ADDRESS_SCOPE in construct;

/** Ids that say nothing: the one resource of a construct. */
const HIDDEN = new Set(['Resource', 'Default']);

/**
 * Name of an element within its stack: the ids below the nearest address scope (or the stack), joined by `_`. No hash:
 * uniqueness is checked instead, see `BaseStack`.
 */
export function addressOf(scopes: readonly IConstruct[]): string {
  let start = 0;
  for (const [i, scope] of scopes.entries()) if (isAddressScope(scope)) start = i + 1;
  const ids = scopes.slice(start).map(({ node }) => node.id);
  return legalName(ids.filter((id) => !HIDDEN.has(id)).join('_'));
}

/** Terraform names are letters, digits, `_` and `-`, and start with a letter or `_`. */
export function legalName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_-]/g, '_');
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}

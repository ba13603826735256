import type { TerraformStack } from 'cdktf';
import { escaped } from './create';

/** What is said of addresses in a stack, by the kind of block. */
const said = new WeakMap<TerraformStack, Record<string, object[]>>();

/** Says that what the state knows by one address is now at another, so that nothing is destroyed for its new name. */
export const addMove = (stack: TerraformStack, from: string, to: string): void =>
  add(stack, 'moved', { from, to });

/**
 * Says that what the state still knows by an address is none of this stack's business any more: the next apply forgets it
 * instead of destroying it.
 */
export function addForget(stack: TerraformStack, from: string): void {
  needForgetting(stack);
  add(stack, 'removed', { from, lifecycle: { destroy: false } });
}

/** Older Terraform does not know `removed` blocks. */
export const needForgetting = (stack: TerraformStack): void =>
  stack.addOverride('terraform.required_version', '>= 1.7.0');

/** Says that what the state does not know yet exists already. Once the state has it, Terraform passes over this. */
export const addImport = (stack: TerraformStack, id: string, to: string): void =>
  add(stack, 'import', { id: escaped(id), to });

function add(stack: TerraformStack, kind: string, block: object): void {
  const blocks = said.get(stack) ?? {};
  said.set(stack, blocks);
  (blocks[kind] ??= []).push(block);
  stack.addOverride(kind, blocks[kind]);
}

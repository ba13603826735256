import {
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformOutput,
  TerraformStack,
  Token,
  Tokenization,
} from 'cdktf';
import { deepMerge } from 'cdktf/lib/util';

/*
 * cdktf renders a stack by resolving every leaf of every resource three times, each time with several regular expressions
 * and a new context object. That is most of the time of a large synthesis, and a cluster is nearly all plain values. Here
 * plain values are copied, and only what may hold a token goes to cdktf. `render.test.ts` holds the results equal.
 */

type Json = Record<string, unknown>;

/** What a text must contain to be more than text: a token, an escape, or a number that stands for a token. */
const MAY_HOLD_TOKEN = /[$%#{}\\"\n]|e\+\d|Token/;

const resolver = new DefaultTokenResolver(new StringConcat());

/** `Tokenization.resolve`, fast for plain values. */
export function resolveValue(scope: TerraformStack, value: unknown, preparing: boolean): unknown {
  switch (typeof value) {
    case 'string':
      return MAY_HOLD_TOKEN.test(value) ? slowly(scope, value, preparing) : value;
    case 'number':
      return isPlainNumber(value) ? value : slowly(scope, value, preparing);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return resolveArray(scope, value, preparing);
      return isPlain(value)
        ? resolveObject(scope, value as Json, preparing)
        : slowly(scope, value, preparing);
    default:
      return slowly(scope, value, preparing);
  }
}

const slowly = (scope: TerraformStack, value: unknown, preparing: boolean): unknown =>
  Tokenization.resolve(value, { scope, resolver, preparing });

const isPlain = (value: object): boolean =>
  Object.getPrototypeOf(value) === Object.prototype && !('resolve' in value);

/** Tokens are huge numbers, but for one. */
const isPlainNumber = (value: number): boolean =>
  Number.isSafeInteger(value) && value !== Token.NUMBER_MAP_TOKEN_VALUE;

/** Whether an item may make its array a list token. */
const mayBeListToken = (item: unknown): boolean =>
  typeof item === 'string' ? item.includes('#{') : typeof item === 'number' && !isPlainNumber(item);

function resolveArray(scope: TerraformStack, value: unknown[], preparing: boolean): unknown {
  if (value.some(mayBeListToken)) return slowly(scope, value, preparing);
  const result: unknown[] = [];
  for (const item of value) {
    const resolved = resolveValue(scope, item, preparing);
    if (resolved !== undefined) result.push(resolved);
  }
  return result;
}

function resolveObject(scope: TerraformStack, value: Json, preparing: boolean): unknown {
  const result: Json = {};
  for (const key of Object.keys(value)) {
    if (MAY_HOLD_TOKEN.test(key)) return slowly(scope, value, preparing);
    const resolved = resolveValue(scope, value[key], preparing);
    if (resolved !== undefined) result[key] = resolved;
  }
  return result;
}

/** Elements of a stack, without those of stacks inside it. */
export function stackElements(stack: TerraformStack): TerraformElement[] {
  const found: TerraformElement[] = [];
  const visit = (construct: TerraformStack['node']['children'][number]): void => {
    if (TerraformElement.isTerraformElement(construct)) found.push(construct);
    for (const child of construct.node.children) if (!TerraformStack.isStack(child)) visit(child);
  };
  visit(stack);
  return found;
}

/** `TerraformStack.toTerraform()` with the same result. */
export function renderStack(stack: TerraformStack): Json {
  // Private in cdktf, and the same in cdktn.
  const { cdktfVersion, rawOverrides } = stack as unknown as { cdktfVersion: string; rawOverrides: Json };
  const elements = stackElements(stack);
  const metadata: Json = {
    version: cdktfVersion,
    stackName: stack.node.id,
    backend: 'local',
    cloud: undefined,
    ...(Object.keys(rawOverrides).length > 0 ? { overrides: { stack: Object.keys(rawOverrides) } } : {}),
  };
  const outputs: Json = {};
  // First, so that overrides reach it.
  const tf: Json = { '//': { metadata, outputs } };
  for (const element of elements) {
    deepMerge(metadata, resolveValue(stack, element.toMetadata(), false));
    deepMerge(tf, resolveValue(stack, element.toTerraform(), false));
    if (TerraformOutput.isTerraformOutput(element)) {
      const path = [...element.node.path.split('/')].reverse();
      deepMerge(
        outputs,
        path.reduce<unknown>((inner, part) => ({ [part]: inner }), element.friendlyUniqueId),
      );
    }
  }
  deepMerge(tf, rawOverrides);
  return resolveValue(stack, tf, false) as Json;
}

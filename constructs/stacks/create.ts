import { TerraformElement } from 'cdktf';
import type { Construct } from 'constructs';
import { escapeTemplate } from '../../model/support/text';
import { addressOf } from './address';
import { Expression } from './expression';

/**
 * The one door through which values become Terraform JSON: text is escaped, so that Terraform gives it back as it was, and an
 * `Expression` is evaluated. Lint keeps constructs from making elements in any other way.
 *
 * @param patch of a user of the package, for whom text is what it is for cdktf
 */
export function create<C, E>(
  Element: new (scope: Construct, id: string, config: C) => E,
  scope: Construct,
  id: string,
  config: C,
  patch?: (config: C) => C,
): E {
  const safe = escaped(config);
  const element = new Element(scope, id, patch?.(safe) ?? safe);
  if (TerraformElement.isTerraformElement(element)) nameByPath(element);
  return element;
}

/** A stack of somebody else names its elements with a hash of their path. */
function nameByPath(element: TerraformElement): void {
  const { scopes } = element.node;
  element.overrideLogicalId(addressOf(scopes.slice(scopes.indexOf(element.cdktfStack) + 1)));
}

/** A value with all its texts escaped and its expressions written out. What is neither, such as a construct, is left alone. */
export function escaped<T>(value: T): T {
  if (typeof value === 'string') return escapedText(value) as T;
  if (typeof value === 'number') return checkedNumber(value) as T;
  if (value instanceof Expression) return value.template as T;
  if (Array.isArray(value)) return value.map(escaped) as T;
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [escapedText(key), escaped<unknown>(item)]);
  return Object.fromEntries(entries) as T;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/**
 * cdktf looks for its own marks in every text, also in one that came from a file: a mark is broken in two, which Terraform puts together
 * again.
 */
const escapedText = (text: string): string =>
  text.includes('{') ? escapeTemplate(text).replaceAll('{TfToken[', '{${"Tf"}Token[') : text;

/** Numbers of that size stand for references in cdktf. */
function checkedNumber(value: number): number {
  if (Math.abs(value) < 1e200) return value;
  throw new RangeError(`${value} is not a number that Terraform takes`);
}

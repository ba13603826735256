import { escapeTemplate } from '../../model/support/text';

/**
 * A Terraform expression of this project. Every other text that reaches the JSON through `create()` is text, whatever it looks like:
 * only what is written as `hcl` here is evaluated.
 */
export class Expression {
  constructor(
    /** In Terraform's language, without `${}`. */
    readonly code: string,
    /** As it stands in the JSON, in a text of its own; the mark of cdktf where that is to know of the reference. */
    readonly template = `\${${code}}`,
  ) {}

  /** For an argument whose type is text: `create()` writes it as an expression. */
  get asText(): string {
    return this as unknown as string;
  }
}

/** What may stand in an expression: expressions as they are, and plain values, which are quoted. */
export type Operand = Expression | string | number | readonly Operand[];

/**
 * Terraform expressions as one line, however they are laid out in the source. A value that is no expression becomes a literal, so that
 * no text of a user is ever evaluated.
 */
export function hcl(parts: TemplateStringsArray, ...values: readonly Operand[]): Expression {
  const [first = '', ...rest] = parts.map((part) => part.replace(/\s*\n\s*/g, ' '));
  const code = rest.reduce((text, part, i) => text + operand(values[i] ?? '') + part, first);
  return new Expression(code.trim());
}

function operand(value: Operand): string {
  if (value instanceof Expression) return value.code;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? quoted(value) : `[${value.map(operand).join(', ')}]`;
}

/** A text of Terraform's language. JSON has two escapes that it lacks. */
const quoted = (text: string): string =>
  JSON.stringify(escapeTemplate(text)).replace(
    /\\(.)/g,
    (escape, letter: string) => ESCAPES[letter] ?? escape,
  );

const ESCAPES: Readonly<Record<string, string>> = { b: '\\u0008', f: '\\u000c' };

/** For a place within quotes. */
export const inText = (text: string): Expression => new Expression(quoted(text).slice(1, -1));

/** Expressions, one after the other. */
export const joined = (expressions: readonly Expression[], by: string): Expression =>
  new Expression(expressions.map(({ code }) => code).join(by));

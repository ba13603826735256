import { parse } from '@cdktf/hcl2json';
import { TOO_DEEP, tooDeepAt } from '../../cluster/definition/too-deep';
import type { Path } from '../../diagnostics/source';
import { redact } from './secrets';
import { scan, unescapeTemplate, type Place, type Scan } from './scan';
import { own } from '../../support/json';

/** Something wrong with the text of a tfvars file. */
interface Problem {
  readonly rule: 'syntax' | 'duplicate-key';
  readonly at: Place;
  readonly path: Path;
  readonly message: string;
}

export interface Tfvars {
  /** The variables without their secrets; undefined if the text could not be parsed. */
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly Problem[];
  readonly locate: Scan['locate'];
}

/** Reads the text of a tfvars file. The HCL parser decides what is valid; positions come from a scanner of our own. */
export async function parseTfvars(text: string): Promise<Tfvars> {
  const source = text.replace(/^\uFEFF/, '');
  const at = tooDeepAt(source, 'hcl');
  if (at !== undefined) {
    const problems: Problem[] = [{ rule: 'syntax', at, path: [], message: TOO_DEEP }];
    return { values: undefined, problems, locate: () => at };
  }
  const scanned = scan(source);
  const problems: Problem[] = scanned.duplicates.map(({ path, at, firstLine }) => ({
    rule: 'duplicate-key',
    at,
    path,
    message: `the key "${path[path.length - 1]}" is already set in line ${firstLine}; remove one of the two`,
  }));
  const parsed = await parseHcl(withoutSecondVariables(source, scanned));
  if ('error' in parsed) {
    return { values: undefined, problems: explain(parsed.error, scanned), locate: scanned.locate };
  }
  const fatal = notLiteral(scanned);
  const values = fatal.length > 0 ? undefined : (redact(parsed.values) as Record<string, unknown>);
  return { values, problems: [...fatal, ...problems], locate: scanned.locate };
}

/** Blanks out variables that are set again: the HCL parser would refuse the file, and nothing else would be checked. */
function withoutSecondVariables(text: string, { duplicates }: Scan): string {
  const second = duplicates.filter(({ path }) => path.length === 1);
  const pieces = second.flatMap(({ start, end }, i) => [
    text.slice(second[i - 1]?.end ?? 0, start),
    text.slice(start, end).replace(/[^\r\n]/g, ' '),
  ]);
  return [...pieces, text.slice(second.at(-1)?.end ?? 0)].join('');
}

interface HclError extends Place {
  readonly summary: string;
}

/** Name of the file as the HCL parser sees it: it marks the start of each message. */
const NAME = 'tfvars';

async function parseHcl(text: string): Promise<{ values: unknown } | { error: HclError }> {
  try {
    return { values: unescapeAll(await parse(NAME, text)) };
  } catch (error) {
    // The first message only: the others are consequences. Its details may quote the text, so they are left out.
    const [, line, column, summary] =
      /\btfvars:(\d+),(\d+)-[\d,]+: ([^;]+);/.exec(error instanceof Error ? error.message : '') ?? [];
    // Never the message itself: nobody knows what it quotes.
    if (summary === undefined) return { error: { line: 1, column: 1, summary: 'This is not HCL' } };
    return { error: { line: Number(line), column: Number(column), summary } };
  }
}

function unescapeAll(value: unknown): unknown {
  if (typeof value === 'string') return unescapeTemplate(value);
  if (Array.isArray(value)) return value.map(unescapeAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [unescapeTemplate(key), unescapeAll(item)]),
  );
}

/** What to do about the errors of the HCL parser, by their summary. */
const ADVICE: Readonly<Record<string, string>> = {
  'Unterminated template string': 'the text has no closing quote; end it with " on the same line',
  'Invalid multi-line string': 'the text has no closing quote; end it with " on the same line',
  'Missing newline after argument': 'more text after the value; put each variable on a line of its own',
  'Missing attribute separator': 'more text after the value; put each key on a line of its own',
  'Argument or block definition required': 'no variable starts like this; write name = value',
  'Invalid argument name': 'the name of a variable has no quotes; remove them',
  'Invalid expression':
    'no value starts like this; write a text in straight double quotes, a number, true or false',
  'Invalid character': 'this character means nothing here; use straight double quotes for texts',
  'Invalid escape sequence': 'unknown escape after the backslash; write \\\\ for a backslash',
};

function explain(error: HclError, { missingCommas, unclosed }: Scan): Problem[] {
  const { line, column, summary } = error;
  if (summary === 'Missing item separator' && missingCommas.length > 0) {
    return missingCommas.map((comma) => ({
      rule: 'syntax',
      at: comma.at,
      path: comma.path,
      message: `no comma before this item, as in files of the starter's recommend-cluster.sh (Terraform: "${summary}"); add a comma at the end of line ${comma.line}`,
    }));
  }
  const message =
    summary === 'Missing expression' && unclosed
      ? `the file ends before the "${unclosed.bracket}" of line ${unclosed.line} is closed; close it`
      : (own(ADVICE, summary) ?? `${summary.replace(/"[^"]*"/g, '"…"')}; correct the HCL here`);
  return [{ rule: 'syntax', at: { line, column }, path: [], message }];
}

/** What the HCL parser takes and Terraform does not, or what we cannot evaluate. */
function notLiteral({ block, expressions }: Scan): Problem[] {
  const problems: Problem[] = expressions.map(({ path, at }) => ({
    rule: 'syntax',
    at,
    path,
    message: 'an expression (a variable, a function, arithmetic) cannot be evaluated here; write its value',
  }));
  if (block) {
    const message = `a block is not a value; write ${block.name} = { … }`;
    problems.push({ rule: 'syntax', at: block.at, path: [block.name], message });
  }
  return problems;
}

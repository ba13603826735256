import { oneLine } from '../support/foreign';
import { groupBy } from '../support/group-by';
import { byBytes, count } from '../support/text';
import { countOf, formatDiagnostic, type Diagnostic } from './diagnostics';

/** Problems of one file that are told to a person at once: nobody reads more, and the first often explain the rest. */
export const MOST_TOLD = 100;

/** Problems of all files together. */
const MOST_LINES = 1000;

/** Rules that are named in the line about the rest. */
const MOST_RULES = 5;

/** A line of text for a person. */
export interface ProblemLine {
  readonly text: string;
  readonly isError: boolean;
}

const lineOf = (problem: Diagnostic): ProblemLine => ({
  text: formatDiagnostic(problem),
  isError: problem.severity === 'error',
});

/**
 * Lines for a person: of each file its first problems, errors before warnings where there are too many, and how many more there are.
 *
 * @param all how to see more of them, as the reader types it
 */
export function problemLines(
  diagnostics: readonly Diagnostic[],
  all = 'npm run -s validate -- --json',
): ProblemLine[] {
  const files = groupBy(diagnostics, ({ file }) => file);
  const most = Math.max(1, Math.min(MOST_TOLD, Math.floor(MOST_LINES / files.size)));
  return [...files].flatMap(([file, found]) => {
    const listed = found.filter(({ more }) => more === undefined);
    const errors = listed.filter(({ severity }) => severity === 'error');
    const told = new Set([...errors, ...listed].slice(0, most));
    const lines = listed.filter((one) => told.has(one)).map(lineOf);
    const rest = found.filter((one) => !told.has(one));
    if (rest.length === 0) return lines;
    const see = rest.length + told.size === listed.length ? `see all with ${all}` : `see more with ${all}`;
    const text = oneLine(`${file}: ${restText(rest)}; correct these first, or ${see}`);
    return [...lines, { text, isError: errors.length > 0 }];
  });
}

/** The same as texts alone. */
export const problemTexts = (diagnostics: readonly Diagnostic[], all?: string): string[] =>
  problemLines(diagnostics, all).map(({ text }) => text);

/** `1,203 more problems (ip-unique: 1,200, syntax: 3), 3 warnings among them` */
function restText(rest: readonly Diagnostic[]): string {
  const warnings = countOf(rest, 'warning');
  const rules = [...groupBy(rest, ({ rule }) => rule)]
    .map(([rule, of]) => ({ rule, number: number(of) }))
    .sort((a, b) => b.number - a.number || byBytes(a.rule, b.rule));
  const named = rules.slice(0, MOST_RULES).map((one) => `${one.rule}: ${text(one.number)}`);
  const others = rules.length > MOST_RULES ? ', …' : '';
  const kinds = warnings === 0 ? '' : `, ${count(warnings, 'warning')} among them`;
  const all = number(rest);
  return `${text(all)} more problem${all === 1 ? '' : 's'} (${named.join(', ')}${others})${kinds}`;
}

const number = (of: readonly Diagnostic[]): number => countOf(of, 'error') + countOf(of, 'warning');

const text = (n: number): string => n.toLocaleString('en-US');

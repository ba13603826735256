import type { Path, Source } from './source';
import { oneLine } from '../support/foreign';
import { groupBy } from '../support/group-by';
import { byBytes, count } from '../support/text';

/** An error stops the run, a warning does not. */
export type Severity = 'error' | 'warning';

/** One problem of one definition: a line on stderr, or an item of `--json`. */
export interface Diagnostic {
  /** File of the definition, or construct path where it is TypeScript. */
  readonly file: string;
  /** From 1; absent where the definition is TypeScript. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Whether it stops the run. */
  readonly severity: Severity;
  /** Id of the rule; docs/reference/rules.md lists them. */
  readonly rule: string;
  /** Key path, e.g. `workers[2].cpu_cores`. */
  readonly path: string;
  /** What is wrong, with the value; what to do. */
  readonly message: string;
}

/** A problem at a place of a definition. @internal */
export function diagnostic(
  source: Source,
  rule: string,
  path: Path,
  message: string,
  { severity = 'error', of = 'value' }: { severity?: Severity; of?: 'key' | 'value' } = {},
): Diagnostic {
  const place = { file: source.file, ...source.locate(path, of), severity, rule };
  const told = source.inOwnKeys?.(path, message) ?? { path, message };
  return { ...place, path: formatPath(told.path), message: told.message };
}

/** A problem of a file, or of something else that has no lines, as a whole. */
export const fileProblem = (file: string, message: string, rule = 'definition-file'): Diagnostic => ({
  file,
  severity: 'error',
  rule,
  path: '',
  message,
});

/** `['workers', 2, 'ip_address']` as `workers[2].ip_address`. @internal */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** `path:line:col: error[rule-id] key.path: message`, in one line whatever is in the definition. */
export function formatDiagnostic(d: Diagnostic): string {
  const position = d.line === undefined ? '' : `:${d.line}:${d.column}`;
  const where = d.path === '' ? '' : `${d.path}: `;
  return oneLine(`${d.file}${position}: ${d.severity}[${d.rule}] ${where}${d.message}`);
}

/** Problems of one file that are told to a person at once: nobody reads more, and the first often explain the rest. */
export const MOST_TOLD = 100;

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
 * @param all how to see all of them, as the reader types it
 */
export function problemLines(
  diagnostics: readonly Diagnostic[],
  all = 'npm run -s validate -- --json',
): ProblemLine[] {
  return [...groupBy(diagnostics, ({ file }) => file)].flatMap(([file, found]) => {
    if (found.length <= MOST_TOLD) return found.map(lineOf);
    const errors = found.filter(({ severity }) => severity === 'error');
    const told = new Set([...errors, ...found].slice(0, MOST_TOLD));
    const rest = found.filter((one) => !told.has(one));
    const [more, warnings] = [rest.length, rest.filter(({ severity }) => severity === 'warning').length];
    const kinds = warnings === 0 ? '' : `, ${count(warnings, 'warning')} among them`;
    return [
      ...found.filter((one) => told.has(one)).map(lineOf),
      {
        text: oneLine(
          `${file}: ${count(more, 'more problem')}${kinds}; correct these first, or see all with ${all}`,
        ),
        isError: errors.length > 0,
      },
    ];
  });
}

/** Sorted by file, position and rule; a problem that many nodes inherit from one place is told once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const unique = new Map(diagnostics.map((d) => [formatDiagnostic(d), d]));
  return [...unique.values()].sort(
    (a, b) =>
      byBytes(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      byBytes(a.rule, b.rule) ||
      byBytes(a.message, b.message),
  );
}

/** Whether a problem among them stops the run. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

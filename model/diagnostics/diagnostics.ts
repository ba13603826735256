import type { Path, Source } from './source';
import { oneLine } from '../support/foreign';

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
  /** This many further problems of the rule in the file are counted here and not listed: there were too many. */
  readonly more?: number;
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

/** Whether a problem among them stops the run. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** How many problems they are, with those that are only counted. */
export const countOf = (diagnostics: readonly Diagnostic[], severity: Severity): number =>
  diagnostics.reduce((sum, one) => (one.severity === severity ? sum + (one.more ?? 1) : sum), 0);

/** The numbers for a result in JSON, whose list has a limit. */
export const problemCounts = (diagnostics: readonly Diagnostic[]): { errors: number; warnings: number } => ({
  errors: countOf(diagnostics, 'error'),
  warnings: countOf(diagnostics, 'warning'),
});

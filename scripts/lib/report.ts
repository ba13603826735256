import { formatDiagnostic, hasErrors, type Diagnostic } from '../../model/definition/diagnostics';

/**
 * Where people's messages go. The cdktf CLI prints every line of an app's stderr in red as `[ERROR] default`, so that
 * under it warnings go to stdout.
 */
const talk = (text: string, isError: boolean): void => {
  const underCdktf = process.env['CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS'] !== undefined;
  (underCdktf && !isError ? process.stdout : process.stderr).write(`${text}\n`);
};

/** Prints problems one per line; errors set exit code 1. */
export function report(diagnostics: readonly Diagnostic[]): void {
  for (const problem of diagnostics) talk(formatDiagnostic(problem), problem.severity === 'error');
  if (hasErrors(diagnostics)) process.exitCode = 1;
}

/** Ends a run that failed. What the user can repair is told in words; a stack trace is for our own bugs. */
export function reportFailure(failure: unknown): void {
  process.exitCode = 1;
  if (failure instanceof Error && isForUsers(failure)) return talk(`error: ${failure.message}`, true);
  talk(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure), true);
}

const isForUsers = (failure: Error): boolean =>
  failure.name === 'ValidationError' ||
  failure.message.startsWith('Validation failed') ||
  ['EACCES', 'EROFS', 'ENOSPC', 'ENOTDIR'].includes((failure as NodeJS.ErrnoException).code ?? '');

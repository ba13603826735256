import { hasErrors, type Diagnostic } from './diagnostics';
import { problemLines } from './lines';
import { handOver } from './hand-over';
import { processIo } from './io';
import { failureText } from './failure';

/**
 * Where people's messages go. The cdktf CLI prints every line of an app's stderr in red as `[ERROR] default`, so that
 * under it warnings go to stdout.
 */
const talk = (text: string, isError: boolean): void => {
  const underCdktf = process.env['CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS'] !== undefined;
  if (underCdktf && !isError) processIo.out(`${text}\n`);
  else processIo.err(`${text}\n`);
};

/** Prints problems one per line; errors set exit code 1. */
export function report(diagnostics: readonly Diagnostic[]): void {
  handOver(diagnostics);
  for (const { text, isError } of problemLines(diagnostics)) talk(text, isError);
  if (hasErrors(diagnostics)) process.exitCode = 1;
}

/** The last net below a run: words, never a stack trace, never what a file says. */
export function reportFailure(failure: unknown): void {
  process.exitCode = 1;
  talk(`error: ${failureText(failure)}`, true);
}

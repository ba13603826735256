import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { problemTexts } from '../../../model/diagnostics/lines';
import type { Io } from '../../../model/diagnostics/io';

/**
 * Tells a person what was found, with a limit.
 *
 * @param all how to see more of it, as the reader types it; default: what `validate` says
 */
export function tell(diagnostics: readonly Diagnostic[], io: Io, all?: string): void {
  for (const text of problemTexts(diagnostics, all)) io.err(`${text}\n`);
}

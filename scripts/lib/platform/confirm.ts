import type { Io } from '../../../model/diagnostics/io';

/**
 * Asks a person to type `yes`; without a terminal there is nobody to ask.
 *
 * @param flag what says yes beforehand, for the message
 * @returns whether the answer was yes
 */
export async function confirm(question: string, flag: string, io: Io, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    io.err(`error: not confirmed: there is no terminal to ask on; give ${flag}\n`);
    return false;
  }
  const { input } = await import('@inquirer/prompts');
  try {
    const answer = await input(
      { message: `${question} Type yes to continue:` },
      { signal, output: process.stderr },
    );
    if (answer.trim() === 'yes') return true;
    io.err('not confirmed\n');
  } catch {
    // Ctrl-C.
    io.err('\nnot confirmed\n');
  }
  return false;
}

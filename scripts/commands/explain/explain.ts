import { nearestNames } from '../../../model/support/text';
import type { Io } from '../../../model/diagnostics/io';
import { stableJson } from '../../lib/platform/json';
import { fail } from '../../lib/platform/io';
import { errorsOf, keysOf, knownNames, rulesOf, type Explanation } from './find';
import { explanationLines } from './lines';

export interface ExplainOptions {
  /** A key, a rule, or an error as it was printed. */
  readonly words: readonly string[];
  readonly json?: boolean;
}

/** Rule and key path of a line that a command has printed. */
const PRINTED = /\[([a-z][a-z0-9-]+)\]\s*(?:([a-z_][\w.[\]-]*): )?/;

/** Tells what a key, a rule or an error is about. @returns the exit code: 1 where nothing of the name is known */
export function runExplain({ words, json }: ExplainOptions, io: Io): number {
  const asked = words.join(' ').trim();
  const found = explain(asked);
  if (found.length === 0) {
    const near = nearestNames(asked, knownNames());
    const guess =
      near.length === 0
        ? 'name a key of a definition, a rule, or an error'
        : `did you mean ${near.join(', ')}?`;
    if (json) io.out(stableJson({ format_version: 1, asked, found, nearest: near }));
    return fail([`error: nothing is known of "${asked}"; ${guess}`], io);
  }
  if (json) io.out(stableJson({ format_version: 1, asked, found }));
  else io.out(`${found.map((one) => explanationLines(one).join('\n')).join('\n\n')}\n`);
  return 0;
}

/** All that is known of a name, or of a line that was printed. */
export function explain(asked: string): readonly Explanation[] {
  const name = asked.replace(/^`|`$/g, '');
  const exact = [...keysOf(name), ...rulesOf(name), ...errorsOf(name)];
  if (exact.length > 0) return exact;
  const [, rule = '', path = ''] = PRINTED.exec(asked) ?? [];
  return [...rulesOf(rule), ...errorsOf(rule === '' ? asked : rule), ...keysOf(path)];
}

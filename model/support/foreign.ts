/** Characters that are not seen but do something: to a terminal, to a log, to the order of what is read. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escape = (sign: string): string =>
  SHORT[sign] ?? `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/**
 * Foreign text for a place within a line: a value of a definition, a name from a server, what a program said. A line break in it
 * would forge a line of ours, an escape sequence would reach the terminal; both are shown as they would be written.
 */
export const oneLine = (text: string): string => text.replace(UNSEEN, escape);

/** All texts in a value, each within its line. */
export function oneLined<T>(value: T): T {
  if (typeof value === 'string') return oneLine(value) as T;
  if (Array.isArray(value)) return value.map(oneLined) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [oneLine(key), oneLined<unknown>(item)]);
  return Object.fromEntries(entries) as T;
}

/** Of a whole output only what nobody writes: a joined emoji in a comment stays what it is. */
const POWERFUL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Colours of our own: bold, dim, the plain ones, and back. Nothing else that a terminal obeys. */
const COLOUR = /^\x1b\[(?:0|1|2|22|3[1-6]|39)m/;

/**
 * Whole outputs, also in pieces: keeps lines and colours, shows whatever else would do something, and takes away the meaning of lines
 * that are commands to the runner of a workflow (`::error …`, `##[error] …`).
 */
export class Printable {
  /** What the last line begins with, as far as that tells a command. */
  private start = '';

  of(text: string): string {
    const shown = text.replace(POWERFUL, (sign: string, at: number) => {
      if (sign === '\n' || sign === '\t') return sign;
      return sign === '\u001b' && COLOUR.test(text.slice(at, at + 8)) ? sign : escape(sign);
    });
    return shown
      .split('\n')
      .map((line, i) => this.withoutCommand(line, i > 0))
      .join('\n');
  }

  private withoutCommand(line: string, isNew: boolean): string {
    const before = isNew ? '' : this.start;
    const whole = (before + line).trimStart();
    this.start = whole.slice(0, 2);
    const isCommand = whole.startsWith('::') && !before.startsWith('::');
    const plain = isCommand ? line.replace(':', '\\:') : line;
    return plain.replaceAll('##[', '#\\#[');
  }
}

/** Takes known secrets out of a text of a program, and whatever looks like one. */
export function redact(text: string, secrets: readonly (string | undefined)[] = []): string {
  const known = secrets.reduce<string>((rest, one) => (one ? rest.replaceAll(one, '(key)') : rest), text);
  return known.replace(/[A-Za-z0-9+/=_-]{64,}/g, '(redacted)');
}

/** The last line of a text, where programs say why they failed. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Whether to colour what goes to a stream: on a terminal, unless NO_COLOR or TERM=dumb say no; FORCE_COLOR says yes. */
export function wantsColour(
  { isTTY }: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTTY === true && env['TERM'] !== 'dumb';
}

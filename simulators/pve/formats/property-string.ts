/** Property strings: `first,key=value,…`, the form of most values in a VM's configuration. */

export type Properties = Readonly<Record<string, string>>;

/**
 * Splits a property string. A part without `=` is the value of `defaultKey`; empty parts are skipped, as Proxmox does
 * (the provider sends `…,media=cdrom,`). Throws the text of Proxmox for what it cannot read.
 */
export function parseProperties(text: string, defaultKey?: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const key = at < 0 ? defaultKey : part.slice(0, at);
    if (key === undefined) throw new Error('value without key, but schema does not define a default key');
    if (at >= 0 && at === part.length - 1) throw new Error('missing key in comma-separated list property');
    if (key in values) throw new Error(`duplicate key in comma-separated list property: ${key}`);
    values[key] = at < 0 ? part : part.slice(at + 1);
  }
  return values;
}

/** The stored form: `first` bare in front, everything else sorted by name. */
export function printProperties(values: Properties, first?: string): string {
  const rest = Object.keys(values)
    .filter((key) => key !== first)
    .sort()
    .map((key) => `${key}=${values[key] ?? ''}`);
  const head = first === undefined ? undefined : values[first];
  return (head === undefined ? rest : [head, ...rest]).join(',');
}

/** 1, 0 and their other spellings. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(1|on|yes|true)$/i.test(text)) return true;
  if (/^(0|off|no|false)$/i.test(text)) return false;
  return undefined;
}

/** Lists of ids: separated by comma, semicolon or white space. */
export const splitList = (text: string): string[] => text.split(/[\s,;]+/).filter((item) => item !== '');

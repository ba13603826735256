import type { ParameterSchema } from './types';

/** Formats that have a name in the schema but are property strings; what they hold stands in the text for people. */
const NAMED = new Set([
  ...['pve-qm-ide', 'pve-vm-cpu-conf', 'pve-qm-hostpci', 'pve-qm-ipconfig', 'pve-qm-smbios1', 'pve-qm-rng'],
  ...['pve-qm-watchdog', 'pve-qm-cicustom', 'pve-startup-order', 'pve-qm-boot', 'pve-qemu-sev-fmt'],
]);

/**
 * The keys of `[file=]<volume> [,aio=<native|threads>] [,backup=<1|0>]`; undefined for formats that are no property
 * string. A choice of values becomes an enumeration, except where it names kinds of values.
 */
export function propertiesOfTypetext(
  format: string,
  typetext: string | undefined,
): Readonly<Record<string, ParameterSchema>> | undefined {
  if (!NAMED.has(format) || typetext === undefined) return undefined;
  const keys: Record<string, ParameterSchema> = {};
  const pattern = /(\[?)\s*,?\s*(\[?)([a-z][a-z0-9_-]*)=(\]?)(?:<([^>]*)>|\\d\+)/gi;
  for (const [, outer = '', inner = '', key = '', isDefault = '', kind] of typetext.matchAll(pattern)) {
    const isBare = isDefault === ']';
    keys[key] = {
      ...valueOf(kind),
      ...(isBare ? { default_key: 1 } : {}),
      // `[key=]<x>` is required, `[[key=]<x>]` and `[,key=<x>]` are not.
      ...((isBare ? outer === '[' && inner === '[' : outer === '[') ? { optional: 1 } : {}),
    };
  }
  return keys;
}

function valueOf(kind: string | undefined): ParameterSchema {
  if (kind === undefined || kind === 'integer') return { type: 'integer' };
  if (kind === '1|0') return { type: 'boolean' };
  const isChoice = /^[a-z0-9/.]+(\|[a-z0-9/.]+)+$/.test(kind);
  return isChoice ? { type: 'string', enum: kind.split('|') } : { type: 'string' };
}

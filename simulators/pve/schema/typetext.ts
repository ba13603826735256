import type { ParameterSchema } from './types';

/** Formats that have a name in the schema but are property strings; what they hold stands in the text for people. */
const NAMED = new Set([
  ...['pve-qm-ide', 'pve-vm-cpu-conf', 'pve-qm-hostpci', 'pve-qm-ipconfig', 'pve-qm-smbios1', 'pve-qm-rng'],
  ...['pve-qm-watchdog', 'pve-qm-cicustom', 'pve-startup-order', 'pve-qm-boot', 'pve-qemu-sev-fmt'],
  'pve-qemu-tdx-fmt',
]);

const PCI = '(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?';

/** What a kind of value must look like, by the name that the text gives it. */
const KINDS: Readonly<Record<string, ParameterSchema>> = {
  integer: { type: 'integer' },
  '1|0': { type: 'boolean' },
  UUID: { type: 'string', pattern: '[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}' },
  'Base64 encoded string': { type: 'string', pattern: '[A-Za-z0-9+/]+={0,2}' },
  '8-64|host': { type: 'string', format: 'pve-phys-bits' },
  '[acdn]{1,4}': { type: 'string', pattern: '[acdn]{1,4}' },
  'device[;device...]': { type: 'string', format: 'pve-qm-bootdev-list' },
  'IPv4Format/CIDR': { type: 'string', format: 'pve-ipv4-config' },
  'IPv6Format/CIDR': { type: 'string', format: 'pve-ipv6-config' },
  GatewayIPv4: { type: 'string', format: 'ipv4', requires: 'ip' },
  GatewayIPv6: { type: 'string', format: 'ipv6', requires: 'ip6' },
  'mapping-id': { type: 'string', format: 'pve-configid' },
  'HOSTPCIID[;HOSTPCIID2...]': { type: 'string', pattern: `${PCI}(?:;${PCI})*` },
  'hex id': { type: 'string', pattern: '0x[0-9a-fA-F]{4}' },
  '+FLAG[;-FLAG...]': { type: 'string', pattern: '[+-][\\w.-]+(?:;[+-][\\w.-]+)*' },
  'vendor-id': { type: 'string', pattern: '[a-zA-Z0-9]{1,12}' },
};

/** Digits, and no sign: what the text writes as `\d+`. */
const DIGITS: ParameterSchema = { type: 'string', pattern: '\\d+' };

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
  const pattern = /(\[?)\s*,?\s*(\[?)([a-z][a-z0-9_-]*)=(\]?)(?:<((?:[^<>]|<[^>]*>)*)>|\\d\+)/gi;
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
  if (kind === undefined) return DIGITS;
  const known = KINDS[kind];
  if (known) return known;
  const isChoice = /^[a-z0-9/.]+(\|[a-z0-9/.]+)+$/.test(kind);
  return isChoice ? { type: 'string', enum: kind.split('|') } : { type: 'string' };
}

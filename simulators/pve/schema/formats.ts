import { isIP } from 'node:net';
import { isDriveKey } from '../formats/drive';
import { splitList } from '../formats/property-string';
import { isIndexInRange } from '../formats/vm-config';

type Format = readonly [isRight: (value: string) => boolean, problem: (value: string) => string];

const like =
  (what: string) =>
  (value: string): string =>
    `value '${value}' does not look like a valid ${what}`;

const isCidr = (value: string, version?: 4 | 6): boolean => {
  const [address = '', prefix = '', ...rest] = value.split('/');
  const found = isIP(address);
  if (found === 0 || (version !== undefined && found !== version) || rest.length > 0) return false;
  return /^\d+$/.test(prefix) && Number(prefix) <= (found === 4 ? 32 : 128);
};

const DNS_NAME = /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/;
const STORAGE = /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i;

/** Named formats that requests of a provider can get wrong; one that is not here is not judged. */
const FORMATS: Readonly<Record<string, Format>> = {
  'pve-node': [(value) => DNS_NAME.test(value) && !value.includes('.'), like('node name')],
  'dns-name': [(value) => DNS_NAME.test(value), () => 'value does not look like a valid DNS name'],
  'mac-addr': [
    (value) => /^[a-f0-9][02468ace](:[a-f0-9]{2}){5}$/i.test(value),
    () => 'value does not look like a valid unicast MAC address',
  ],
  'pve-vmid': [(value) => /^[1-9]\d{2,8}$/.test(value), like('VM ID')],
  'pve-storage-id': [
    (value) => STORAGE.test(value),
    (value) => `storage ID '${value}' contains illegal characters`,
  ],
  'pve-poolid': [
    (value) => /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/.test(value),
    (value) => `value '${value}' does not look like a valid pool name`,
  ],
  'pve-configid': [
    (value) => /^[a-z][a-z0-9_-]+$/i.test(value),
    (value) => `invalid configuration ID '${value}'`,
  ],
  'pve-iface': [
    (value) => /^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i.test(value),
    (value) => `invalid network interface name '${value}'`,
  ],
  'pve-bridge-id': [(value) => /^[-_.\w\d]+$/.test(value), (value) => `invalid bridge ID '${value}'`],
  'disk-size': [(value) => /^\d+(\.\d+)?[KMGT]?$/.test(value), like('disk size')],
  'pve-volume-id': [
    (value) => /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i.test(value),
    (value) => `unable to parse volume ID '${value}'`,
  ],
  'pve-volume-id-or-qm-path': [
    (value) =>
      /^(none|cdrom)$/.test(value) || value.startsWith('/') || /^[a-z][\w.-]*[a-z0-9]:.+$/i.test(value),
    (value) => `unable to parse volume ID '${value}'`,
  ],
  'pve-volume-id-or-absolute-path': [
    (value) => value.startsWith('/') || /^[a-z][\w.-]*[a-z0-9]:.+$/i.test(value),
    (value) => `unable to parse volume ID '${value}'`,
  ],
  'pve-tag': [(value) => /^[a-z0-9_][a-z0-9_\-+.]*$/i.test(value), () => 'invalid characters in tag'],
  'pve-phys-bits': [
    (value) => value === 'host' || (/^\d{1,2}$/.test(value) && Number(value) >= 8 && Number(value) <= 64),
    () => "value must be an integer between 8 and 64 or 'host'",
  ],
  'pve-qm-bootdev': [
    (value) =>
      (isDriveKey(value) && !/^(efidisk|tpmstate)/.test(value)) ||
      (/^(net|usb|hostpci)\d+$/.test(value) && isIndexInRange(value)),
    (value) => `invalid boot device '${value}'`,
  ],
  'pve-hotplug-features': [
    (value) =>
      splitList(value).every((word) => /^(network|disk|cpu|memory|usb|cloudinit)$/.test(word)) ||
      /^[01]$/.test(value),
    (value) => `invalid hotplug feature '${value}'`,
  ],
  'pve-ipv4-config': [
    (value) => value === 'dhcp' || isCidr(value, 4),
    () => 'value does not look like a valid ipv4 network configuration',
  ],
  'pve-ipv6-config': [
    (value) => value === 'dhcp' || value === 'auto' || isCidr(value, 6),
    () => 'value does not look like a valid ipv6 network configuration',
  ],
  address: [(value) => isIP(value) !== 0 || DNS_NAME.test(value), like('address')],
  ip: [(value) => isIP(value) !== 0, like('IP address')],
  ipv4: [(value) => isIP(value) === 4, like('IPv4 address')],
  ipv6: [(value) => isIP(value) === 6, like('IPv6 address')],
  CIDR: [(value) => isCidr(value), like('CIDR')],
  CIDRv4: [(value) => isCidr(value, 4), like('IPv4 CIDR')],
  CIDRv6: [(value) => isCidr(value, 6), like('IPv6 CIDR')],
  'pve-ha-resource-id': [(value) => /^(vm|ct):\d+$/.test(value), (value) => `invalid resource ID '${value}'`],
  'pve-ha-resource-or-vm-id': [
    (value) => /^((vm|ct):)?\d+$/.test(value),
    (value) => `invalid resource ID '${value}'`,
  ],
  urlencoded: [(value) => /^[-%a-zA-Z0-9_.!~*'()]*$/.test(value), () => 'invalid urlencoded string'],
};

/** What is wrong with a value of a named format; `-list` formats are checked item by item. */
export function checkFormat(name: string, value: string): string | undefined {
  const isList = name.endsWith('-list');
  const format = FORMATS[isList ? name.slice(0, -'-list'.length) : name];
  if (!format) return undefined;
  const [isRight, problem] = format;
  const wrong = (isList ? splitList(value) : [value]).find((item) => !isRight(item));
  return wrong === undefined ? undefined : problem(wrong);
}

/** Where other versions of Proxmox differ from the one that the schema is of, in what this simulator is asked. */
import type { MethodSchema, ParameterSchema } from './types';

export interface Version {
  isSince(major: number, minor: number): boolean;
}

/** `POST /nodes/{node}/qemu` and `…/config`: all that take the keys of a VM. */
const takesVmKeys = (properties: Readonly<Record<string, ParameterSchema>>): boolean =>
  'scsihw' in properties && 'ostype' in properties;

/** The parameters of a method in some version. */
export function parametersIn(
  version: Version | undefined,
  { parameters: { properties = {} } }: MethodSchema,
): Readonly<Record<string, ParameterSchema>> {
  if (!version || !takesVmKeys(properties)) return properties;
  if (version.isSince(9, 2)) return { ...properties, ...in92(properties) };
  if (version.isSince(9, 0)) return properties;
  const { 'allow-ksm': _ksm, 'intel-tdx': _tdx, 'running-nets-host-mtu': _mtu, ...in8 } = properties;
  return in8;
}

/** Serial devices without commas, and NICs that may say how tunnels are checked. */
function in92(properties: Readonly<Record<string, ParameterSchema>>): Record<string, ParameterSchema> {
  const { 'serial[n]': serial, 'net[n]': nic } = properties;
  const keys = typeof nic?.format === 'object' ? nic.format : {};
  return {
    ...(serial ? { 'serial[n]': { ...serial, pattern: '(/dev/[^,]+|socket)' } } : {}),
    ...(nic
      ? { 'net[n]': { ...nic, format: { ...keys, 'host-tunnel': { type: 'boolean', optional: 1 } } } }
      : {}),
  };
}

/** What Proxmox refuses although its schema allows it. */
import { failure, messageOf, parameterError } from '../errors';
import { parseBootOrder } from '../formats/boot';
import { assertCpuFlags, assertCpuModel, type CpuSupport } from '../formats/cpu-models';
import { isDriveKey, parseDrive, type Drive } from '../formats/drive';
import { parseNic } from '../formats/nic';
import { parseProperties } from '../formats/property-string';
import { normalizeTags } from '../formats/tags';
import { isIndexInRange, type VmConfig } from '../formats/vm-config';

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

/** Throws 400 for values that have no meaning. */
export function assertValues(support: CpuSupport, changes: ReadonlyMap<string, string | undefined>): void {
  for (const [key, value] of changes) {
    if (!isIndexInRange(key)) throw parameterError({ [key]: UNKNOWN });
    if (value === undefined) continue;
    try {
      assertValue(support, key, value);
    } catch (error) {
      throw parameterError({ [key]: `invalid format - ${messageOf(error)}` });
    }
  }
}

function assertValue(support: CpuSupport, key: string, value: string): void {
  if (key === 'tags') normalizeTags(value);
  if (isDriveKey(key)) assertDriveOptions(key, parseDrive(value).options);
  if (key === 'cpu') assertCpu(support, value);
  if (/^net\d+$/.test(key)) assertMac(parseNic(value).macaddr);
  if (key === 'name' && !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value)) {
    throw new Error('value does not look like a valid DNS name');
  }
}

function assertCpu(support: CpuSupport, value: string): void {
  const { cputype, flags, 'reported-model': reported } = parseProperties(value, 'cputype');
  if (cputype === undefined) throw new Error('CPU is missing cputype');
  assertCpuModel(support, cputype);
  if (flags !== undefined) assertCpuFlags(support, flags);
  if (reported !== undefined) {
    throw new Error("Property 'reported-model' not allowed in VM-specific CPU config.");
  }
}

/** Options that exclude each other. */
function assertDriveOptions(key: string, options: Drive['options']): void {
  const isCdrom = options['media'] === 'cdrom';
  const limits = ['mbps', 'iops'].some(
    (unit) =>
      options[unit] !== undefined && ['rd', 'wr'].some((way) => options[`${unit}_${way}`] !== undefined),
  );
  const isOdd = isCdrom && (key.startsWith('virtio') || 'snapshot' in options || 'format' in options);
  if (isOdd || limits) throw new Error('unable to parse drive options');
}

function assertMac(mac: string): void {
  if (!/^[A-F0-9][02468ACE](:[A-F0-9]{2}){5}$/.test(mac)) {
    throw new Error('value does not look like a valid unicast MAC address');
  }
}

/** Throws unless each device of the boot order is one that the VM has afterwards. */
export function assertBootOrder(config: Readonly<VmConfig>): void {
  for (const device of parseBootOrder(String(config['boot'] ?? ''))) {
    if (config[device] === undefined) throw failure(`invalid bootorder: device '${device}' does not exist'`);
  }
}

/** Options of hostpci that depend on the rest of the configuration; throws the text of a failed start. */
export function assertPassThrough(config: Readonly<VmConfig>): void {
  const isQ35 =
    String(config['machine'] ?? '').startsWith('q35') || /(^|,)type=q35/.test(String(config['machine']));
  for (const [key, value] of Object.entries(config)) {
    if (!/^hostpci\d+$/.test(key)) continue;
    if (parseProperties(String(value), 'host')['pcie'] === '1' && !isQ35) {
      throw failure('q35 machine model is not enabled');
    }
  }
}

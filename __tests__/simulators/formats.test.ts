import { parseBootOrder, printBootOrder } from '../../simulators/pve/formats/boot';
import {
  DRIVE_KEYS,
  driveSource,
  isCloudInit,
  isDriveKey,
  parseDrive,
  printDrive,
} from '../../simulators/pve/formats/drive';
import { parseNic, printNic, randomMac } from '../../simulators/pve/formats/nic';
import { parseBoolean, parseProperties, printProperties } from '../../simulators/pve/formats/property-string';
import { formatSize, GIB, MIB, parseSize } from '../../simulators/pve/formats/size';
import { normalizeTags } from '../../simulators/pve/formats/tags';
import { parseUpid, printUpid } from '../../simulators/pve/formats/upid';
import { isIndexInRange, storedValue } from '../../simulators/pve/formats/vm-config';

describe('property strings', () => {
  it('take a bare first value, skip empty parts, and print sorted', () => {
    const values = parseProperties('local:iso/x.iso,media=cdrom,', 'file');
    expect(values).toEqual({ file: 'local:iso/x.iso', media: 'cdrom' });
    expect(printProperties({ ssd: '1', aio: 'native', file: 'S:v' }, 'file')).toBe('S:v,aio=native,ssd=1');
    expect(printProperties({ b: '1', a: '2' })).toBe('a=2,b=1');
  });

  it('refuse what is not one', () => {
    expect(() => parseProperties('a=1,a=2')).toThrow('duplicate key in comma-separated list property: a');
    expect(() => parseProperties('bare')).toThrow(
      'value without key, but schema does not define a default key',
    );
  });

  it.each([
    ['1', true],
    ['off', false],
    ['Yes', true],
    ['maybe', undefined],
  ])('boolean %s is %s', (text, value) => {
    expect(parseBoolean(text)).toBe(value);
  });
});

describe('sizes', () => {
  it.each([
    ['50G', 50 * GIB],
    ['4M', 4 * MIB],
    ['128K', 128 * 1024],
    ['161061273600', 150 * GIB],
    ['1.5G', 1.5 * GIB],
    ['1T', 1024 * GIB],
    ['G', undefined],
    ['-1G', undefined],
    ['10GB', undefined],
  ])('%s is %s bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    [50 * GIB, '50G'],
    [2048 * GIB, '2048G'],
    [4 * MIB, '4M'],
    [540672, '528K'],
    [1000, '1000'],
    [0, '0'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('drives', () => {
  it('sort options, drop format and import-from, keep size', () => {
    const sent =
      'file=local-lvm:vm-1-disk-0,format=raw,import-from=local:import/x.qcow2,ssd=1,aio=native,size=50G';
    expect(printDrive(parseDrive(sent))).toBe('local-lvm:vm-1-disk-0,aio=native,size=50G,ssd=1');
  });

  it('know what a volume asks for', () => {
    expect(driveSource('none')).toEqual({ kind: 'empty', file: 'none' });
    expect(driveSource('fast:50')).toEqual({ kind: 'allocate', storage: 'fast', gib: 50 });
    expect(driveSource('fast:cloudinit')).toEqual({ kind: 'cloudinit', storage: 'fast' });
    expect(driveSource('local:iso/x.iso')).toEqual({
      kind: 'volume',
      storage: 'local',
      volid: 'local:iso/x.iso',
    });
    expect(driveSource('/dev/sdb')).toEqual({ kind: 'path', path: '/dev/sdb' });
    expect(() => driveSource('nonsense')).toThrow("unable to parse volume ID 'nonsense'");
  });

  it('exist in the numbers that Proxmox has', () => {
    expect(DRIVE_KEYS).toHaveLength(4 + 6 + 31 + 16 + 2);
    expect(['scsi30', 'ide3', 'sata5', 'virtio15', 'efidisk0', 'tpmstate0'].every(isDriveKey)).toBe(true);
    expect(['scsi31', 'ide4', 'sata6', 'virtio16', 'efidisk1', 'scsihw', 'net0'].some(isDriveKey)).toBe(
      false,
    );
  });

  it('tell cloud-init from an ISO', () => {
    expect(isCloudInit(parseDrive('local-lvm:vm-200-cloudinit,media=cdrom'))).toBe(true);
    expect(isCloudInit(parseDrive('slow:200/vm-200-cloudinit.qcow2,media=cdrom'))).toBe(true);
    expect(isCloudInit(parseDrive('local:iso/cloudinit.iso,media=cdrom'))).toBe(false);
  });

  it('need a volume', () => {
    expect(() => parseDrive('ssd=1')).toThrow('file: property is missing and it is not optional');
  });
});

describe('NICs', () => {
  it.each([
    'model=virtio,macaddr=bc:24:11:0a:0b:0c,bridge=vmbr0,firewall=0',
    'virtio=BC:24:11:0A:0B:0C,firewall=0,bridge=vmbr0',
    'virtio,macaddr=BC:24:11:0A:0B:0C,bridge=vmbr0,firewall=0',
  ])('%s is stored in one form', (sent) => {
    expect(printNic(parseNic(sent))).toBe('virtio=BC:24:11:0A:0B:0C,bridge=vmbr0,firewall=0');
  });

  it('get an address if none is sent', () => {
    expect(printNic(parseNic('virtio,bridge=vmbr0', () => 'BC:24:11:00:00:07'))).toBe(
      'virtio=BC:24:11:00:00:07,bridge=vmbr0',
    );
    expect(randomMac()).toMatch(/^BC:24:11(:[0-9A-F]{2}){3}$/);
  });

  it('need a model', () => {
    expect(() => parseNic('bridge=vmbr0')).toThrow('model: property is missing and it is not optional');
  });
});

it('boot orders', () => {
  expect(parseBootOrder('order=scsi0;ide2')).toEqual(['scsi0', 'ide2']);
  expect(parseBootOrder('')).toEqual([]);
  expect(printBootOrder(['scsi0'])).toBe('order=scsi0');
});

it('tags are there once, and only with the characters of a tag', () => {
  expect(normalizeTags('b;talos,b talos')).toBe('b;talos');
  expect(() => normalizeTags('cafe;ä')).toThrow('invalid characters in tag');
  expect(() => normalizeTags('-x')).toThrow('invalid characters in tag');
});

it('UPIDs are what the provider can read', () => {
  const task = {
    node: 'pve1',
    pid: 1001,
    pstart: 242,
    starttime: 1795267348,
    type: 'imgdel',
    id: 'iso/a:b@local',
  };
  const text = printUpid({ ...task, user: 'root@pam!tf' });
  expect(text).toBe('UPID:pve1:000003E9:000000F2:6B019B14:imgdel:iso/a\\x3ab\\x40local:root@pam!tf:');
  expect(text.split(':').length).toBeGreaterThanOrEqual(8);
  expect(parseUpid(text)).toMatchObject({ node: 'pve1', pid: 1001, type: 'imgdel', user: 'root@pam!tf' });
  expect(parseUpid('UPID:pve1:1:2:3:x:y:z:')).toBeUndefined();
});

describe('keys of a configuration', () => {
  it.each([
    ['cores', '4', 4],
    ['onboot', 'yes', 1],
    ['protection', '0', 0],
    ['balloon', '0', 0],
    ['memory', '8192', '8192'],
    ['cpu', 'host', 'host'],
  ])('%s: %s is stored as %p', (key, sent, stored) => {
    expect(storedValue(key, sent)).toBe(stored);
  });

  it('have numbers in a range', () => {
    expect(['scsi30', 'net31', 'hostpci15', 'smbios1', 'cores'].every(isIndexInRange)).toBe(true);
    expect(['scsi31', 'net32', 'hostpci16', 'serial4', 'ide4', 'scsi01'].some(isIndexInRange)).toBe(false);
  });
});

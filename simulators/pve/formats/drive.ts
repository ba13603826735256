import { parseProperties, printProperties } from './property-string';

/** A drive: its volume, and its options by name (`size` among them). */
export interface Drive {
  readonly file: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What the volume of a drive in a request asks for. */
export type DriveSource =
  | { readonly kind: 'empty'; readonly file: 'none' | 'cdrom' }
  | { readonly kind: 'cloudinit'; readonly storage: string }
  | { readonly kind: 'allocate'; readonly storage: string; readonly gib: number }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'volume'; readonly storage: string; readonly volid: string };

/** How many drives of a bus a VM can have. */
const BUSES: Readonly<Record<string, number>> = {
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  efidisk: 1,
  tpmstate: 1,
};

export const isDriveKey = (key: string): boolean => {
  const match = /^([a-z]+)(\d+)$/.exec(key);
  const count = match?.[1] === undefined ? undefined : BUSES[match[1]];
  return count !== undefined && Number(match?.[2]) < count;
};

/** All drive keys in Proxmox's own order. */
export const DRIVE_KEYS: readonly string[] = Object.entries(BUSES).flatMap(([bus, count]) =>
  Array.from({ length: count }, (_, index) => `${bus}${index}`),
);

/** Reads what was sent (`file=S:50,format=raw,…`) as well as what is stored (`S:vm-1-disk-0,…`). */
export function parseDrive(text: string): Drive {
  const { file, volume, ...options } = parseProperties(text, 'file');
  const source = file ?? volume;
  if (source === undefined) throw new Error('file: property is missing and it is not optional');
  return { file: source, options };
}

/** The stored form: volume first, options sorted; `format` and `import-from` are for the request only. */
export function printDrive({ file, options }: Drive): string {
  const { format: _format, 'import-from': _importFrom, ...kept } = options;
  const stored = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== ''));
  return printProperties({ ...stored, file }, 'file');
}

export const isCdrom = (drive: Drive): boolean => drive.options['media'] === 'cdrom';

/** A cloud-init drive is a cdrom to the guest, but its volume belongs to the VM. */
export const isCloudInit = (drive: Drive): boolean =>
  isCdrom(drive) && /[:/]vm-\d+-cloudinit(\.|$)/.test(drive.file);

/** Reads the volume of a request. */
export function driveSource(file: string): DriveSource {
  if (file === 'none' || file === 'cdrom') return { kind: 'empty', file };
  if (file.startsWith('/')) return { kind: 'path', path: file };
  const at = file.indexOf(':');
  const storage = file.slice(0, at);
  const name = file.slice(at + 1);
  if (at < 1 || name === '') throw new Error(`unable to parse volume ID '${file}'`);
  if (name === 'cloudinit') return { kind: 'cloudinit', storage };
  if (/^\d+(\.\d+)?$/.test(name)) return { kind: 'allocate', storage, gib: Number(name) };
  return { kind: 'volume', storage, volid: file };
}

import { randomBytes } from 'node:crypto';
import { parseProperties, printProperties } from './property-string';

export interface Nic {
  readonly model: string;
  /** Upper case, as it is stored. */
  readonly macaddr: string;
  readonly options: Readonly<Record<string, string>>;
}

const NIC_MODELS: readonly string[] = [
  ...['e1000', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'e1000e', 'i82551', 'i82557b', 'i82559er'],
  ...['ne2k_isa', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio', 'vmxnet3'],
];

/** The address range that Proxmox makes addresses from. */
export function randomMac(): string {
  const tail = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0'));
  return ['BC', '24', '11', ...tail].join(':').toUpperCase();
}

/** Reads `model=virtio,macaddr=MAC`, `virtio=MAC` and `virtio`; a missing address is made. */
export function parseNic(text: string, makeMac: () => string = randomMac): Nic {
  const values = parseProperties(text, 'model');
  const alias = Object.keys(values).find((key) => NIC_MODELS.includes(key));
  const { model, macaddr, ...rest } = values;
  const name = alias ?? model;
  if (name === undefined) throw new Error('model: property is missing and it is not optional');
  const mac = (alias === undefined ? undefined : values[alias]) ?? macaddr;
  const options = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== alias));
  return { model: name, macaddr: (mac ?? makeMac()).toUpperCase(), options };
}

/** The stored form: `virtio=MAC,bridge=…`. */
export const printNic = ({ model, macaddr, options }: Nic): string =>
  printProperties({ ...options, first: `${model}=${macaddr}` }, 'first');

import { createHash } from 'node:crypto';
import { byBytes } from '../support/text';
import { scalar } from './schematic-scalar';

/** What an image factory builds into an image of Talos. */
export interface Schematic {
  /** Image of a board; VMs have none. */
  readonly overlay?: { readonly image: string; readonly name: string };
  /** In their order. */
  readonly kernelArgs?: readonly string[];
  /** What the META partition holds. */
  readonly meta?: readonly { readonly key: number; readonly value: string }[];
  /** In whatever order. */
  readonly extensions?: readonly string[];
  /** Whether an image for Secure Boot takes the certificates of Microsoft too. */
  readonly includeWellKnownCertificates?: boolean;
  /** Of disks with another size of sectors. */
  readonly sectorSize?: number;
}

/** Id of a schematic, as every image factory gives it: the hash of its canonical form. */
export const schematicId = (schematic: Schematic): string =>
  createHash('sha256').update(schematicYaml(schematic)).digest('hex');

/** The canonical form of a schematic, which a factory must have been given once before it builds an image of it. */
export function schematicYaml(schematic: Schematic): string {
  const { overlay, kernelArgs = [], meta = [], includeWellKnownCertificates, sectorSize } = schematic;
  const extensions = [...new Set(schematic.extensions)].sort(byBytes);
  const customization = [
    ...list(
      'extraKernelArgs',
      4,
      kernelArgs.map((arg) => scalar(arg, 10)),
    ),
    ...list(
      'meta',
      4,
      meta.map(({ key, value }) => `key: ${key}\n          value: ${scalar(value, 12)}`),
    ),
    ...(extensions.length > 0
      ? [
          '    systemExtensions:',
          ...list(
            'officialExtensions',
            8,
            extensions.map((name) => scalar(name, 14)),
          ),
        ]
      : []),
    ...(includeWellKnownCertificates
      ? ['    secureboot:', '        includeWellKnownCertificates: true']
      : []),
    ...(sectorSize === undefined ? [] : ['    diskImage:', `        sectorSize: ${sectorSize}`]),
  ];
  return [
    ...(overlay
      ? ['overlay:', `    image: ${scalar(overlay.image, 4)}`, `    name: ${scalar(overlay.name, 4)}`]
      : []),
    customization.length === 0 ? 'customization: {}' : 'customization:',
    ...customization,
    '',
  ].join('\n');
}

const list = (key: string, indent: number, items: readonly string[]): string[] => {
  const pad = ' '.repeat(indent);
  return items.length === 0 ? [] : [`${pad}${key}:`, ...items.map((item) => `${pad}    - ${item}`)];
};

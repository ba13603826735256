import { z } from 'zod';
import { optional, required } from './keys';

/** What an image factory builds an image of. */
export const schematic = z.strictObject({
  factory: optional(z.string(), {
    purpose:
      'Image factory that builds the image: the public one, your own, or a mirror. `npm run up` gives it the schematic.',
    default: 'https://factory.talos.dev',
  }),
  format: optional(z.enum(['iso', 'qcow2']), {
    purpose: 'iso goes into the CD drive, and Talos installs itself; qcow2 is imported as OS disk.',
    default: 'iso',
  }),
  extensions: optional(z.array(z.string()), {
    example: ['siderolabs/iscsi-tools'],
    purpose: 'Talos system extensions besides the `system_extensions` of the nodes that boot the image.',
  }),
  kernel_args: optional(z.array(z.string()), {
    example: ['console=ttyS0'],
    purpose: 'Kernel arguments, before the `kernel_args` of the nodes that boot the image.',
  }),
  meta: optional(
    z.array(
      z.strictObject({
        key: required(z.number(), { purpose: 'Number of the value.', example: 12, minimum: 0, maximum: 255 }),
        value: required(z.string(), { example: '{}', purpose: 'The value.' }),
      }),
    ),
    { purpose: 'What the META partition holds.' },
  ),
  secure_boot: optional(z.boolean(), {
    purpose: 'Take the image for UEFI Secure Boot, as nodes with `secure_boot` need it.',
    default: false,
  }),
  id: optional(z.string(), {
    example: '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba',
    purpose: 'Id that the schematic must have, where somebody wants to know of every change; it is computed.',
  }),
});

/** Where a VM boots from. */
export const image = z.strictObject({
  schematic: optional(schematic, {
    purpose:
      'What the image factory builds the image of, in place of an address: the id is computed, the address and the installer image follow from it, and extensions and kernel arguments of the nodes are in it.',
  }),
  iso: optional(z.string(), {
    purpose: 'Existing ISO on every server.',
    example: 'local:iso/talos-v1.11.5.iso',
  }),
  url: optional(z.string(), {
    example:
      'https://factory.talos.dev/image/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba/v1.11.5/nocloud-amd64.iso',
    purpose:
      'Address to download from, once per server or shared storage: an .iso, or a .qcow2 or .raw disk image.',
  }),
  url_variable: optional(z.string(), {
    example: 'talos_image_url',
    purpose:
      'Name of a sensitive Terraform variable with the address, where the address holds a token. Needs `file_name`.',
  }),
  pxe: optional(z.boolean(), { purpose: 'Boot from the network instead.', default: false }),
  file_name: optional(z.string(), {
    example: 'talos-v1.11.5-nocloud-amd64.iso',
    purpose:
      'File name on the server. Carries the Talos version: a new image needs a new name, since a file is never downloaded again under its name.',
    otherwise: 'made from the address, the version and the cluster name',
  }),
  checksum: optional(z.string(), { purpose: 'Expected checksum, algorithm:hex.', example: 'sha256:1f2e…' }),
  platform: optional(z.enum(['nocloud', 'metal']), {
    purpose: 'Talos platform of the image.',
    otherwise: 'nocloud for a schematic, else from the file name, else metal',
  }),
  version: optional(z.string(), {
    example: 'v1.11.5',
    purpose: 'Talos version of the image, where no name tells it.',
  }),
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schematicId, schematicYaml, type Schematic } from '../../../model/cluster/schematic';

interface Vectors {
  readonly schematics: readonly { readonly yaml: string; readonly id: string }[];
  readonly scalars: readonly { readonly value: string; readonly yaml: string }[];
}

const { schematics, scalars } = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/schematic-ids.json'), 'utf8'),
) as Vectors;

const PUBLIC: readonly Schematic[] = [
  {},
  { extensions: ['siderolabs/qemu-guest-agent'] },
  { kernelArgs: ['noapic', 'nolapic'] },
  { meta: [{ key: 10, value: 'foo' }] },
  { overlay: { image: 'siderolabs/sbc-raspberrypi', name: 'rpi_generic' } },
  { includeWellKnownCertificates: true },
  { sectorSize: 4096 },
];

describe('a schematic', () => {
  it.each(schematics.map((one, i) => [one.id.slice(0, 12), one, PUBLIC[i] ?? {}] as const))(
    'has the public id %s',
    (_, { yaml, id }, schematic) => {
      expect(schematicYaml(schematic)).toBe(yaml);
      expect(schematicId(schematic)).toBe(id);
    },
  );

  it.each(scalars.map((one) => [JSON.stringify(one.value), one] as const))(
    'writes %s as a factory does',
    (_, { value, yaml }) => {
      const schematic = { kernelArgs: [value], meta: [{ key: 10, value }] };
      expect(schematicYaml(schematic)).toBe(yaml);
      expect(schematicId(schematic)).toBe(createHash('sha256').update(yaml).digest('hex'));
    },
  );

  it('has extensions once and in order, and kernel arguments as they are', () => {
    const extensions = ['siderolabs/b', 'siderolabs/a', 'siderolabs/b'];
    expect(schematicYaml({ extensions, kernelArgs: ['z', 'a'] })).toBe(
      schematicYaml({ extensions: ['siderolabs/a', 'siderolabs/b'], kernelArgs: ['z', 'a'] }),
    );
    expect(schematicId({ kernelArgs: ['z', 'a'] })).not.toBe(schematicId({ kernelArgs: ['a', 'z'] }));
  });
});

/** Ids and texts of schematics, compared with the code of the image factory itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schematicId, schematicYaml, type Schematic } from '../../model/cluster/schematic';
import { giveSchematic } from '../../scripts/lib/talos/factory';
import { startImageFactory, type ImageFactory } from '../testing/image-factory';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describe;

const { scalars } = JSON.parse(readFileSync(join(__dirname, '../fixtures/schematic-ids.json'), 'utf8')) as {
  readonly scalars: readonly { readonly value: string }[];
};

/** Older factories write it in a form that newer ones refuse, and so does a rule of ours. */
const UNREADABLE = /^ .*\n/;

/** One of everything that a schematic may say, and each text that is written in a way of its own. */
const SCHEMATICS: readonly Schematic[] = [
  {},
  { extensions: ['siderolabs/tailscale', 'siderolabs/iscsi-tools', 'siderolabs/tailscale'] },
  {
    overlay: { image: 'siderolabs/sbc-raspberrypi', name: 'rpi_generic' },
    kernelArgs: ['net.ifnames=0', '-selinux', 'console=ttyS0,115200'],
    meta: [
      { key: 10, value: '{"addresses":[{"address":"192.168.10.5/24"}]}' },
      { key: 12, value: 'two\nlines\n' },
    ],
    extensions: ['siderolabs/qemu-guest-agent'],
    includeWellKnownCertificates: true,
    sectorSize: 4096,
  },
  ...scalars
    .filter(({ value }) => !UNREADABLE.test(value))
    .map(({ value }) => ({ kernelArgs: [value], meta: [{ key: 10, value }] })),
];

describeTools('an image factory', () => {
  let factory: ImageFactory;

  beforeAll(async () => {
    factory = await startImageFactory();
  }, 600_000);
  afterAll(() => factory.stop());

  it('gives every schematic the id that is computed here', async () => {
    const { signal } = new AbortController();
    for (const schematic of SCHEMATICS) {
      const [id, yaml] = [schematicId(schematic), schematicYaml(schematic)];
      const given = await giveSchematic({ factory: factory.url, id, yaml }, signal);
      expect({ yaml, given }).toEqual({ yaml, given: { state: 'known' } });
      expect((await factory.schematics())[id]).toBe(yaml);
    }
  });

  it('refuses what older ones write, and a rule refuses too', async () => {
    const { signal } = new AbortController();
    const unreadable = scalars.filter(({ value }) => UNREADABLE.test(value));
    expect(unreadable.length).toBeGreaterThan(0);
    for (const { value } of unreadable) {
      const schematic = { kernelArgs: [value] };
      const [id, yaml] = [schematicId(schematic), schematicYaml(schematic)];
      expect(await giveSchematic({ factory: factory.url, id, yaml }, signal)).toMatchObject({
        state: 'refused',
      });
    }
  });

  it('refuses what is none', async () => {
    const { signal } = new AbortController();
    const yaml = 'customization:\n    kernelArgs: []\n';
    expect(await giveSchematic({ factory: factory.url, id: 'a', yaml }, signal)).toMatchObject({
      state: 'refused',
      why: expect.stringContaining('kernelArgs') as string,
    });
  });
});

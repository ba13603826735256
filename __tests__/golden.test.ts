import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../tools/paths';
import { standaloneTwin } from './testing/standalone';
import { synthesize, temporaryFolder, type Synthesis, type TerraformJson } from './testing/terraform';

const GOLDEN = join(__dirname, 'golden');

/** Compares with the committed file; `npm run golden` writes it, to be read before it is committed. */
function expectGolden(path: string, text: string): void {
  const file = join(GOLDEN, path);
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : `no golden ${path}: npm run golden`);
}

/** All addresses that the state of a stack will have. A changed one needs a `moved` block and a line in the changelog. */
const addresses = ({ resource, output, variable }: TerraformJson): string[] =>
  [
    ...Object.entries(resource).flatMap(([type, byName]) =>
      Object.keys(byName).map((name) => `${type}.${name}`),
    ),
    ...Object.keys(output).map((name) => `output.${name}`),
    ...Object.keys(variable).map((name) => `var.${name}`),
  ].sort();

describe('the examples', () => {
  let synthesis: Synthesis;

  beforeAll(async () => {
    synthesis = await synthesize('clusters');
  });

  const stacks = readdirSync(join(PROJECT_ROOT, 'clusters')).map((file) => file.replace('.yaml', ''));

  it.each(stacks)('%s synthesizes to its golden', (stack) => {
    expectGolden(`${stack}/cdk.tf.json`, `${JSON.stringify(synthesis.json(stack), null, 2)}\n`);
  });

  it.each(stacks)('%s keeps its resource addresses', (stack) => {
    expectGolden(`${stack}/addresses.txt`, `${addresses(synthesis.json(stack)).join('\n')}\n`);
  });
});

describe('engine: terraform', () => {
  it('adds to a cluster what Terraform does of Talos', async () => {
    const folder = temporaryFolder();
    const home = readFileSync(join(PROJECT_ROOT, 'clusters', 'home.yaml'), 'utf8');
    const engine = { engine: 'terraform', secrets_in_local_state: true } as const;
    writeFileSync(join(folder, 'home.yaml'), standaloneTwin(home, '192.168.10.50', engine));
    const json = (await synthesize(folder)).json('home') as TerraformJson & Pick<TalosJson, 'data'>;
    const talos = (all: object): object =>
      Object.fromEntries(Object.entries(all).filter(([type]) => type.startsWith('talos_')));
    const added = {
      data: talos(json.data),
      provider: json.provider['talos'],
      output: { kubeconfig: json.output['kubeconfig'], talosconfig: json.output['talosconfig'] },
      resource: talos(json.resource),
    };
    expectGolden('home/engine-terraform.json', `${JSON.stringify(added, null, 2)}\n`);
    expectGolden('home/engine-terraform.addresses.txt', `${addresses(json).join('\n')}\n`);
  });
});

interface TalosJson {
  readonly data: Readonly<Record<string, object>>;
}

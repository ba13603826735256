import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { BACKEND_TYPES, backendFacts, type BackendType } from '../../model/cluster/backends/facts';
import type { BackendBlock, Kind } from '../../model/cluster/backends/types';
import { PROJECT_ROOT } from '../../tools/paths';
import { BASE } from '../testing/drafts';
import {
  describeTerraform,
  synthesize,
  temporaryFolder,
  terraform,
  type Synthesis,
} from '../testing/terraform';

/** What `terraform init` says of the settings of a backend, in one line. */
async function init(type: BackendType, settings: object): Promise<string> {
  const dir = temporaryFolder();
  const block = type === 'cloud' ? { cloud: settings } : { backend: { [type]: settings } };
  writeFileSync(join(dir, 'main.tf.json'), JSON.stringify({ terraform: block }));
  // Nothing is asked: an argument that Terraform does not take ends it before.
  const { stdout, stderr } = await terraform(dir, ['init', '-input=false', '-no-color'], { TF_LOG: '' });
  return `${stdout}${stderr}`.replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');
}

const unknownIn = (text: string): string[] =>
  [...text.matchAll(/No argument or block type is named "(\w+)"/g)].map((match) => match[1] ?? '').sort();

/** A value that no setting takes: Terraform says which kind it wants, for all settings at once. */
const WRONG = [{}];

/** How Terraform calls the kinds. */
const KINDS: Readonly<Record<Kind, RegExp>> = {
  string: /^string required/,
  number: /^number required/,
  bool: /^bool required/,
  list: /^(list|set) of string required|^element 0: string required/,
  map: /^map of string required/,
};

const isBlock = (kind: Kind | BackendBlock): kind is BackendBlock => typeof kind === 'object';

describeTerraform('what Terraform knows of a backend', () => {
  const everyKey = [...new Set(BACKEND_TYPES.flatMap((type) => Object.keys(backendFacts(type).keys)))];

  it.each(BACKEND_TYPES)('%s: every key of the table, and no key of another backend', async (type) => {
    const { keys } = backendFacts(type);
    const text = await init(type, Object.fromEntries(everyKey.map((key) => [key, WRONG])));
    // `local` and `cloud` share no key with a block.
    expect(unknownIn(text)).toEqual(everyKey.filter((key) => !(key in keys)).sort());
  });

  it.each(BACKEND_TYPES)('%s: the kinds of the table', async (type) => {
    const simple = Object.entries(backendFacts(type).keys).filter(([, kind]) => !isBlock(kind));
    const text = await init(type, Object.fromEntries(simple.map(([key]) => [key, WRONG])));
    for (const [key, kind] of simple) {
      const said = new RegExp(`Inappropriate value for attribute "${key}": ([^.]*)\\.`).exec(text)?.[1];
      expect([key, said]).toEqual([key, expect.stringMatching(KINDS[kind as Kind])]);
    }
  });

  it.each([
    ['azurerm', ['"storage_account_name"', '"container_name"', '"key"']],
    ['cos', ['"bucket"']],
    ['oss', ['"bucket"']],
    ['s3', ['The attribute "bucket" is required', 'The attribute "key" is required']],
    ['remote', ['Invalid organization value', 'Invalid workspaces configuration']],
  ] as const)('%s: what is missing', async (type, said) => {
    const text = await init(type, {});
    for (const part of said) expect(text).toContain(part);
    expect(said).toHaveLength(backendFacts(type).required.length);
  });
});

describeTerraform('the blocks of the guide', () => {
  let synthesis: Synthesis;

  beforeAll(async () => {
    const folder = temporaryFolder();
    BACKEND_TYPES.forEach((type, index) => {
      const page = readFileSync(join(PROJECT_ROOT, 'docs/guide/backends', `${type}.md`), 'utf8');
      const { backend } = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as { backend: unknown };
      const definition = {
        ...BASE,
        cluster_name: `with-${type}`,
        mac_address_prefix: `02:AB:${String(index).padStart(2, '0')}`,
        backend,
        control_planes: [{ name: 'cp-1', ip_address: `10.0.0.${11 + index}`, vm_id: 3000 + index }],
      };
      writeFileSync(join(folder, `${type}.yaml`), stringify(definition));
    });
    synthesis = await synthesize(folder);
  });

  it.each(BACKEND_TYPES)('%s becomes JSON that Terraform takes', async (type) => {
    const dir = synthesis.dir(`with-${type}`);
    const init = await terraform(dir, ['init', '-backend=false', '-input=false', '-no-color']);
    expect(init).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await terraform(dir, ['validate', '-json']);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { synthesize, type Synthesis } from './testing/terraform';

/**
 * Addresses that states of people's clusters have, one file per example, written by version 0.1.0. Unlike the goldens, no
 * command writes them anew: a line goes when no state has it any more, and a new resource needs none.
 */
const ADDRESSES = join(__dirname, 'fixtures/addresses');

interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
}

/** Addresses of a former state that a new stack would destroy: it neither has them nor says where they are now. */
function lost(former: readonly string[], { resource = {}, moved = [] }: StackJson): string[] {
  const known = new Set(
    Object.entries(resource).flatMap(([type, byName]) =>
      Object.keys(byName).map((name) => `${type}.${name}`),
    ),
  );
  const goesTo = new Map(moved.map(({ from, to }) => [from, to]));
  return former.filter((address) => !known.has(goesTo.get(address) ?? address));
}

const read = (stack: string): string[] =>
  readFileSync(join(ADDRESSES, `${stack}.txt`), 'utf8')
    .split('\n')
    .filter(Boolean);

describe('an upgrade of this project', () => {
  let synthesis: Synthesis;

  beforeAll(async () => {
    synthesis = await synthesize('clusters');
  });

  it.each(readdirSync(ADDRESSES).map((file) => file.replace('.txt', '')))('loses nothing of %s', (stack) => {
    expect(read(stack)).not.toEqual([]);
    expect(lost(read(stack), synthesis.json(stack))).toEqual([]);
  });

  it('is red for an address that changed, until a moved block says where it is now', () => {
    const json = synthesis.json('home') as StackJson;
    const [type, name, now] = ['proxmox_virtual_environment_vm', 'talos-worker-1', 'node_talos-worker-1'];
    const { [name]: vm, ...others } = json.resource?.[type] ?? {};
    expect(vm).toBeDefined();
    const changed = { ...json, resource: { ...json.resource, [type]: { ...others, [now]: vm } } };
    expect(lost(read('home'), changed)).toEqual([`${type}.${name}`]);
    const moved = [{ from: `${type}.${name}`, to: `${type}.${now}` }];
    expect(lost(read('home'), { ...changed, moved })).toEqual([]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASSEMBLY_VARIABLE } from '../../../../model/load/workspace';
import { loadAssemblies, loadOnceForTwo } from '../../../../scripts/lib/project/assemblies';
import { temporaryFolder } from '../../../testing/terraform';

afterAll(() => Reflect.deleteProperty(process.env, ASSEMBLY_VARIABLE));

const deep = `${'['.repeat(300)}${']'.repeat(300)}`;

it.each([
  ['{"stacks": {', 'it is not JSON'],
  ['{"stacks": null}', 'stacks must be a map of keys'],
  ['{"stacks": "home"}', 'stacks must be a map of keys'],
  ['{}', 'stacks is missing'],
  ['null', 'it must be a map of keys'],
  [`{"stacks": {"home": ${deep}}}`, 'it is nested deeper than 200 levels'],
])('a manifest that cannot be used is told as what it is: case %#', async (text, problem) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'stacks', 'h'), { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), text);
  process.env[ASSEMBLY_VARIABLE] = folder;
  expect((await loadAssemblies('clusters')).diagnostics).toEqual([
    expect.objectContaining({
      file: folder,
      message: `its manifest.json cannot be used (${problem}); synthesize again`,
    }),
  ]);
});

it('what is loaded once for two commands is loaded anew for the third', async () => {
  Reflect.deleteProperty(process.env, ASSEMBLY_VARIABLE);
  loadOnceForTwo();
  const first = await loadAssemblies('clusters/home.yaml');
  expect(await loadAssemblies('clusters/home.yaml')).toBe(first);
  expect(await loadAssemblies('clusters/home.yaml')).not.toBe(first);

  loadOnceForTwo();
  const home = await loadAssemblies('clusters/home.yaml');
  expect(await loadAssemblies('clusters/single.yaml')).not.toBe(home);
});

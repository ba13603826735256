import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDefinitions } from '../../model/load/load';
import { parseYaml } from '../../model/cluster/definition/yaml';
import { demoDefinition, standaloneDefinition } from '../../tools/demo/definition';
import { PROJECT_ROOT } from '../../tools/paths';

const FOLDER = join(PROJECT_ROOT, 'tools/demo');

it.each([
  ['Omni', demoDefinition],
  ['talosctl', standaloneDefinition],
])('the demo with %s has a definition of its own, without errors', (_, definition) => {
  const { clusters, diagnostics } = checkDefinitions([parseYaml('demo.yaml', definition().toString())]);
  expect(diagnostics).toEqual([]);
  expect(clusters.map(({ cluster }) => cluster.name)).toEqual(['demo']);
});

it('the demo reads nothing of the folder that a user changes', () => {
  const code = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
  for (const name of code)
    expect(readFileSync(join(FOLDER, name), 'utf8')).not.toMatch(/clusters\/\w+\.yaml/);
});

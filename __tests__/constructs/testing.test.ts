import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterStack } from '../../constructs';
import { clusterFromYaml, synthesize, synthesizeCluster } from '../../constructs/testing';
import { PROJECT_ROOT } from '../../tools/paths';
import { clusterProps } from '../testing/synth';
import { temporaryFolder } from '../testing/terraform';

const yaml = (name: string): string => readFileSync(join(PROJECT_ROOT, 'clusters', name), 'utf8');
const folder = temporaryFolder();
const left = (): string[] => readdirSync(folder);

beforeAll(() => (process.env['TMPDIR'] = folder));

test('a cluster from props is data: its JSON, its VMs, its machines', () => {
  const made = synthesizeCluster(clusterProps({ guards: false }), 'home');
  expect(Object.keys(made.stacks)).toEqual(['home']);
  expect(made.stacks['home']).toMatchObject({ data: {}, terraform: { backend: { local: {} } } });
  expect(made.vm('w-1')).toMatchObject({ name: 'w-1', memory: { floating: 0 } });
  expect(made.inventory).toMatchObject({ 'w-1': { cluster: 'home', role: 'worker' } });
  expect(left()).toEqual([]);
});

test('what is not there is told with what is', () => {
  const made = synthesizeCluster(clusterProps());
  expect(() => made.vm('w-2')).toThrow('no proxmox_virtual_environment_vm.w-2; there is cp-1, w-1');
  expect(() => made.resource('proxmox_haresource', 'w-1')).toThrow('there is none');
});

test('a definition in YAML, with the stacks of its split state', () => {
  const text = `${yaml('home.yaml')}\nstate_split: server\n`;
  const made = synthesizeCluster(clusterFromYaml(text), 'home');
  expect(Object.keys(made.stacks).length).toBeGreaterThan(1);
  expect(Object.keys(made.inventory).sort()).toEqual(
    Object.keys(made.resources('proxmox_virtual_environment_vm')).sort(),
  );
});

test('problems are those of the commands, and leave nothing behind', () => {
  expect(() => clusterFromYaml(yaml('home.yaml').replace('https:', 'http:'))).toThrow(
    /^test\.yaml:\d+:\d+: error\[endpoint-form\]/,
  );
  expect(() => synthesizeCluster(clusterProps({ talosVersion: 'latest' }))).toThrow('error[version-pin]');
  const twice = clusterProps();
  expect(() => synthesize((app) => ['a', 'b'].forEach((id) => new ClusterStack(app, id, twice)))).toThrow(
    'error[',
  );
  expect(left()).toEqual([]);
});

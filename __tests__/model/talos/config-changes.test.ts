import { configChanges, readConfig } from '../../../model/talos/config-changes';

const changes = (before: string, after: string): string[] =>
  configChanges(readConfig(before), readConfig(after)).map(
    (change) => `${change.path}: ${change.before} → ${change.after}`,
  );

it('says nothing of what only looks different', () => {
  const before =
    '# comment\nmachine: {type: worker, sysctls: {a: "1", b: "2"}}\n---\nkind: HostnameConfig\nhostname: a\n';
  const after =
    'kind: HostnameConfig\nhostname: a\n---\nmachine:\n  sysctls:\n    b: "2"\n    a: "1"\n  type: worker\n';
  expect(changes(before, after)).toEqual([]);
});

it('tells each value with its place', () => {
  const before =
    'machine: {type: worker, sysctls: {a: "1"}, network: {nameservers: [1.1.1.1]}}\n---\nkind: A\nname: x\nv: 1\n';
  const after = 'machine: {type: worker, sysctls: {a: "2", b: "3"}}\n---\nkind: A\nname: y\nv: 1\n';
  expect(changes(before, after)).toEqual([
    'A/x: (set) → none',
    'A/y: none → (set)',
    'machine.network: (set) → none',
    'machine.sysctls.a: "1" → "2"',
    'machine.sysctls.b: none → "3"',
  ]);
});

it.each([
  'machine: {token: hunter2}',
  'machine: {ca: {crt: hunter2, key: hunter2}}',
  'cluster: {aescbcEncryptionSecret: hunter2}',
  'machine: {registries: {config: {r.example.com: {auth: {password: hunter2}}}}}',
  'machine: {registries: {config: {r.example.com: {auth: {auth: hunter2}}}}}',
  'machine: {env: {https_proxy: "http://me:hunter2@proxy:3128"}}',
  'machine: {install: {image: "https://me:hunter2@factory/installer:v1"}}',
  'machine: {files: [{content: hunter2, path: /x}]}',
  'cluster: {inlineManifests: [{name: a, contents: hunter2}]}',
  'kind: ExtensionServiceConfig\nname: tailscale\nenvironment: [TS_AUTHKEY=hunter2]',
  'kind: RegistryAuthConfig\nname: r\npassword: hunter2',
])('shows no secret of %s', (text) => {
  const other = text.replaceAll('hunter2', 'swordfish');
  for (const lines of [changes(text, other), changes('{}', text), changes(text, '{}')]) {
    expect(lines.join('\n')).not.toMatch(/hunter2|swordfish/);
    expect(lines.length).toBeGreaterThan(0);
  }
});

it('repeats nothing of a text that is no YAML', () => {
  expect(() => readConfig('token: [hunter2')).toThrow('the machine configuration is no YAML');
});

it('shows no value that is known to be secret, nor the one in its place before', () => {
  const [before, after] = ['a: { mtu: old }', 'a: { mtu: "say hunter2\\"x" }'].map(readConfig);
  expect(configChanges(before ?? new Map(), after ?? new Map(), ['hunter2"x'])).toEqual([
    { path: 'a.mtu', before: '(not shown)', after: '(not shown)' },
  ]);
  expect(configChanges(new Map(), after ?? new Map(), ['hunter2"x'])).toEqual([
    { path: '', before: 'none', after: '(not shown)' },
  ]);
});

import { environmentNeeds } from '../../../model/cluster/variables';
import {
  referenceProblem,
  secretNames,
  withoutReferences,
  withSecrets,
} from '../../../model/cluster/secret-references';
import { clusterOf } from '../../testing/drafts';
import { EVERY_STANDALONE_KEY } from '../../testing/standalone';

const patch = (name: string) => ({ machine: { env: { A: `\${secret:${name}}` } } });

it('finds the secrets that a value names, each once, in order', () => {
  expect(secretNames({ a: ['${secret:b}${secret:a}', '${secret:b}'], c: '${other:x} $secret' })).toEqual([
    'a',
    'b',
  ]);
  expect(secretNames(undefined)).toEqual([]);
});

it('fills in texts, whatever a secret holds, and nothing else', () => {
  const secret = 'a"b\n- c: ${secret:other} $& é';
  const value = { a: ['x=${secret:one}', 1, null, true], '${secret:one}': { b: '${secret:none}' } };
  expect(withSecrets(value, { one: secret })).toEqual({
    a: [`x=${secret}`, 1, null, true],
    '${secret:one}': { b: '${secret:none}' },
  });
});

it.each(['${secret:a}', 'TS_AUTHKEY=${secret:a_B1}?x=${secret:c}', 'none'])('%s is well-formed', (text) => {
  expect(referenceProblem(text)).toBeUndefined();
});

it.each(['${secret:a-b}', '${secret:}', '${secret:1a}', '${secret:a}${secret:a'])(
  '%s is not well-formed',
  (text) => {
    expect(referenceProblem(text)).toMatch(/is not the name of a secret/);
  },
);

it('leaves what stands in clear', () => {
  expect(withoutReferences('a${secret:b}c')).toBe('ac');
});

it('names the variables of all levels, for those who set them before a plan', () => {
  const definition = {
    ...EVERY_STANDALONE_KEY,
    kubernetes_version: 'v1.34.1',
    defaults: { all: { patches: { a: patch('all') } }, workers: { patches: { a: patch('workers') } } },
    control_planes: [{ name: 'c-1', ip_address: '10.0.0.11' }],
    workers: [{ name: 'w-1', ip_address: '10.0.0.21', patches: { b: patch('node') } }],
  };
  const secrets = ['all', 'mirror_password', 'node', 'workers'].map((name) => `TF_VAR_${name}`);
  const needs = (cluster: Parameters<typeof environmentNeeds>[0][0]) =>
    Object.keys(environmentNeeds([cluster]).variables);
  expect(needs(clusterOf(definition))).toEqual(expect.arrayContaining(secrets));
});

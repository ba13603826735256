import { benchDefinition } from '../../../bench/definition';
import {
  fileProblem,
  MOST_TOLD,
  problemLines,
  type Diagnostic,
} from '../../../model/diagnostics/diagnostics';
import { checkDefinitions } from '../../../model/load/load';
import { tooManyParts } from '../../../model/cluster/definition/too-large';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { resolve } from '../../../model/cluster/resolve';
import { RULES } from '../../../model/rules';
import { check } from '../../../model/rules/lib/rule';

const problems = (n: number, severity: Diagnostic['severity'] = 'error', file = 'a.yaml'): Diagnostic[] =>
  Array.from({ length: n }, (_, i) => ({ ...fileProblem(file, `problem ${i}`), severity }));

const texts = (found: readonly Diagnostic[]): string[] => problemLines(found, 'see').map(({ text }) => text);

describe('problems of a file that are told', () => {
  test('all, as long as somebody would read them', () => {
    expect(texts(problems(MOST_TOLD))).toHaveLength(MOST_TOLD);
  });

  test('the first of more, and how the rest is seen', () => {
    const lines = texts(problems(MOST_TOLD + 1));
    expect(lines).toHaveLength(MOST_TOLD + 1);
    expect(lines.at(-1)).toBe('a.yaml: 1 more problem; correct these first, or see all with see');
  });

  test('no error is hidden behind warnings, and files do not hide each other', () => {
    const lines = texts([...problems(150, 'warning'), ...problems(2), ...problems(3, 'error', 'b.yaml')]);
    expect(lines.filter((line) => line.includes('error['))).toHaveLength(5);
    expect(lines).toContain(
      'a.yaml: 52 more problems, 52 warnings among them; correct these first, or see all with see',
    );
  });
});

describe('a text with too many parts', () => {
  test.each([
    ['keys', 'a: 1\n'.repeat(20)],
    ['items', `[${'a,'.repeat(20)}]`],
    ['brackets', '['.repeat(40)],
  ])('is not parsed: %s', (_, text) => {
    expect(tooManyParts(text, 20)).toBe(
      'has more than 20 keys, values and signs; write nodes as node_pools, or split the cluster',
    );
  });

  test('spaces and comments are no parts', () => {
    expect(tooManyParts(`# a, b, c\n\n${' '.repeat(100)}\na: 1\n`, 5)).toBeUndefined();
  });
});

test('the keys of a large map are found at their places', () => {
  const servers = Array.from({ length: 60 }, (_, i) => `  s${i}: { api_url: 1 }\n`).join('');
  const { source } = parseYaml('a.yaml', `proxmox_servers:\n${servers}`);
  expect(source.locate(['proxmox_servers', 's59'], 'key')).toEqual({ line: 61, column: 3 });
});

test('a list of thousands of wrong texts loses them, and keeps the right ones', () => {
  const wrong = Array.from({ length: 3000 }, (_, i) => (i % 2 ? `{ a: ${i} }` : `t${i}`)).join(', ');
  const text = benchDefinition(10).replace('name: cp-1,', `name: cp-1, tags: [${wrong}],`);
  const { diagnostics } = checkDefinitions([parseYaml('a.yaml', text)]);
  expect(diagnostics).toHaveLength(1500);
  expect(new Set(diagnostics.map(({ rule }) => rule))).toEqual(new Set(['schema-value']));
});

test('a rule reads where a node is written a number of times that does not grow with the cluster', () => {
  const reads = (n: number): number => {
    const { value, source } = parseYaml('a.yaml', benchDefinition(n));
    const draft = resolve(value as DefinitionDraft, source);
    let count = 0;
    const nodes = draft.nodes.map((node) =>
      Object.defineProperty({ ...node }, 'path', {
        get: () => {
          count++;
          return node.path;
        },
      }),
    );
    check(RULES, [{ ...draft, nodes }]);
    return count / n;
  };
  expect(reads(800)).toBeLessThanOrEqual(reads(100) * 1.1);
});

import { benchDefinition } from '../../../bench/definition';
import { countOf, fileProblem, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import { sortDiagnostics, MOST_OF_RULE } from '../../../model/diagnostics/sort';
import { MOST_TOLD, problemTexts } from '../../../model/diagnostics/lines';
import { checkDefinitions } from '../../../model/load/load';
import { parseStarter } from '../../../model/migrate/starter';
import { tooManyParts, tooManyVariables } from '../../../model/cluster/definition/too-large';
import type { DefinitionDraft } from '../../../model/cluster/definition/schema';
import { parseYaml } from '../../../model/cluster/definition/yaml';
import { resolve } from '../../../model/cluster/resolve';
import { RULES } from '../../../model/rules';
import { sizeRange } from '../../../model/rules/size-range';
import { check } from '../../../model/rules/lib/rule';

const problems = (n: number, severity: Diagnostic['severity'] = 'error', file = 'a.yaml'): Diagnostic[] =>
  Array.from({ length: n }, (_, i) => ({ ...fileProblem(file, `problem ${i}`), severity }));

const texts = (found: readonly Diagnostic[]): string[] => problemTexts(found, 'see');

describe('problems of a file that are told', () => {
  test('all, as long as somebody would read them', () => {
    expect(texts(problems(MOST_TOLD))).toHaveLength(MOST_TOLD);
  });

  test('the first of more, and how the rest is seen', () => {
    const lines = texts(problems(MOST_TOLD + 1));
    expect(lines).toHaveLength(MOST_TOLD + 1);
    expect(lines.at(-1)).toBe(
      'a.yaml: 1 more problem (definition-file: 1); correct these first, or see all with see',
    );
  });

  test('no error is hidden behind warnings, and files do not hide each other', () => {
    const lines = texts([...problems(150, 'warning'), ...problems(2), ...problems(3, 'error', 'b.yaml')]);
    expect(lines.filter((line) => line.includes('error['))).toHaveLength(5);
    expect(lines).toContain(
      'a.yaml: 52 more problems (definition-file: 52), 52 warnings among them; correct these first, or see all with see',
    );
  });
});

describe('problems that are kept', () => {
  const at = (line: number, rest: Partial<Diagnostic> = {}): Diagnostic => ({
    ...fileProblem('a.yaml', `problem ${line}`, 'a-rule'),
    line,
    column: 1,
    ...rest,
  });
  const MANY = 3 * MOST_OF_RULE;

  test('are the first of each rule by their places, in whatever order they are found; the others are counted', () => {
    const backwards = Array.from({ length: MANY }, (_, i) => at(MANY - i));
    const other = [at(1, { rule: 'b-rule' }), at(2, { severity: 'warning' })];
    const kept = sortDiagnostics([...backwards, ...backwards, ...other]);
    expect(kept).toHaveLength(MOST_OF_RULE + 3);
    expect(kept.slice(0, 3)).toEqual([at(1), other[0], at(2)]);
    expect(kept.at(-1)).toEqual({
      file: 'a.yaml',
      severity: 'error',
      rule: 'a-rule',
      path: '',
      message: '2,000 more of this rule',
      more: 2000,
    });
    expect([countOf(kept, 'error'), countOf(kept, 'warning')]).toEqual([MANY + 1, 1]);
  });

  test('stay the same when they are sorted again, with others', () => {
    const once = sortDiagnostics(Array.from({ length: MANY }, (_, i) => at(i)));
    expect(sortDiagnostics(once)).toEqual(once);
    expect(countOf(sortDiagnostics([...once, at(MANY)]), 'error')).toBe(MANY + 1);
  });

  test('are fewer of each where there are many files, and none of these is left out', () => {
    const files = Array.from({ length: 5000 }, (_, i) => `${i}.yaml`);
    const kept = sortDiagnostics(files.flatMap((file) => [1, 2, 3, 4].map((line) => at(line, { file }))));
    expect(kept.filter(({ more }) => more === undefined)).toHaveLength(10_000);
    expect(countOf(kept, 'error')).toBe(20_000);
    const lines = problemTexts(kept, 'see');
    expect(lines).toHaveLength(10_000);
    expect(lines.slice(0, 2)).toEqual([
      '0.yaml:1:1: error[a-rule] problem 1',
      '0.yaml: 3 more problems (a-rule: 3); correct these first, or see more with see',
    ]);
  });

  test('are counted by rule in the line about the rest', () => {
    const rules = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((rule, i) =>
      Array.from({ length: 2000 - i }, (_, line) => at(line, { rule })),
    );
    expect(problemTexts(sortDiagnostics(rules), 'see').at(-1)).toBe(
      'a.yaml: 11,885 more problems (a: 1,983, b: 1,982, c: 1,981, d: 1,980, e: 1,980, …); correct these first, or see more with see',
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

  test('nor are variables', async () => {
    expect(tooManyVariables('a = ["1, 2", 2.5, 3, 4] # a b c', 12)).toBeUndefined();
    expect(tooManyVariables('a = ["1, 2", 2.5, 3, 4] # a b c', 10)).toMatch(/^has more than 10 keys/);
    const { diagnostics } = await parseStarter('a.tfvars', `a = [${'1,'.repeat(200_000)}]`);
    expect(problemTexts(diagnostics)).toEqual([
      'a.tfvars: error[definition-file] has more than 300,000 keys, values and signs; write nodes as node_pools, or split the cluster',
    ]);
  });

  test('is refused within seconds at its real size', () => {
    const start = process.cpuUsage();
    const { diagnostics } = parseYaml('a.yaml', `[${'a,'.repeat(5_000_000)}]`);
    expect(problemTexts(diagnostics)[0]).toMatch(
      /^a\.yaml: error\[definition-file\] has more than 3,000,000 keys/,
    );
    expect(process.cpuUsage(start).user).toBeLessThan(20e6);
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
  expect(countOf(diagnostics, 'error')).toBe(1500);
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
    sortDiagnostics(check(RULES, [{ ...draft, nodes }]));
    return count / n;
  };
  expect(reads(800)).toBeLessThanOrEqual(reads(100) * 1.1);
});

/** Seconds of CPU for n over those for a quarter of it: 4 where time is linear, 16 where it is square. */
function growth(n: number, work: (n: number) => unknown): number {
  const seconds = (size: number): number => {
    const start = process.cpuUsage();
    work(size);
    return process.cpuUsage(start).user / 1e6;
  };
  work(n / 8);
  return seconds(n) / Math.max(0.05, seconds(n / 4));
}

const lines = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join('');

describe('time grows with the size alone', () => {
  test.each<[string, number, (n: number) => unknown]>([
    [
      'keys of one map',
      40_000,
      (n) =>
        parseYaml(
          'a.yaml',
          lines(n, (i) => `k${i}: 1\n`),
        ),
    ],
    [
      'keys set twice',
      20_000,
      (n) =>
        parseYaml(
          'a.yaml',
          lines(n, () => 'a: 1\n'),
        ),
    ],
    [
      'variables set twice',
      40_000,
      (n) =>
        parseStarter(
          'a.tfvars',
          lines(n, () => 'a = 1\n'),
        ),
    ],
    [
      'problems behind an alias',
      8000,
      (n) =>
        checkDefinitions([parseYaml('a.yaml', `x: &w [${lines(n, () => '{ name: 1 },')}]\nworkers: *w\n`)]),
    ],
    [
      'servers, each with a node on none',
      4000,
      (n) => {
        const server = (i: number) => `  pve${i}: { api_url: 'https://pve${i}:8006/', node_name: pve${i} }\n`;
        const node = (i: number) => `  - { name: w-${i + 1}, proxmox_server: pvx${i} }\n`;
        return checkDefinitions([
          parseYaml('a.yaml', `proxmox_servers:\n${lines(n, server)}workers:\n${lines(n, node)}`),
        ]);
      },
    ],
  ])('%s', (_, n, work) => {
    expect(growth(n, work)).toBeLessThan(10);
  });

  test('a text that is too large to be repaired line by line is told at its places', () => {
    const { diagnostics } = parseYaml('a.yaml', `workers:\n${lines(4000, (i) => `\t- name: a${i}\n`)}`);
    expect(diagnostics).toHaveLength(4000);
  });
});

test('pools beyond the indexes of a role are not made, and told', () => {
  const text = benchDefinition(10).concat(
    `node_pools:\n${lines(5000, (i) => `  - { name: p${i}, role: gpu-worker, count: 60000, gpu_mappings: [] }\n`)}`,
  );
  const { value, source } = parseYaml('a.yaml', text);
  const draft = resolve(value as DefinitionDraft, source);
  expect(draft.nodes).toHaveLength(60_010);
  const found = sortDiagnostics(check([sizeRange], [draft]));
  expect(found[0]?.message).toBe(
    'the pools of the GPU workers have more than 65,536 nodes up to here, and no role has more indexes; lower it, or split the cluster',
  );
  expect([found[0]?.path, countOf(found, 'error')]).toEqual(['node_pools[1].count', 4999]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchDefinition } from '../../../bench/definition';
import { main } from '../../../scripts/cli';

const NODES = 1500;

let folder = '';
let file = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'limits-'));
  file = join(folder, 'bench.yaml');
  const broken = benchDefinition(NODES).replaceAll(
    ' proxmox_server: pve',
    ' memory_mb: x, cores: 1, proxmox_server: pvx',
  );
  writeFileSync(file, broken);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string[] }> {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await main(args, io);
  return { code, out, err: err.trimEnd().split('\n') };
}

const RULES = 'schema-key-unknown: 1,4\\d\\d|schema-value: 1,4\\d\\d|server-ref-unknown: 1,4\\d\\d';

describe('thousands of mistakes', () => {
  it.each<[string, string, () => string[]]>([
    ['validate', '4,400', () => [file]],
    ['doctor', '4,400', () => [file]],
    ['generate', '4,400', () => ['bench', '--definitions', folder]],
    ['apply', '4,400', () => ['bench', '--definitions', folder]],
    ['adopt', '2,900', () => ['bench', '--from', file, '-o', join(folder, 'adopted.yaml')]],
  ])('are told by %s as the first hundred, and counted by rule', async (verb, more, args) => {
    const { code, err } = await run(verb, ...args());
    expect(code).toBe(1);
    const told = err.filter((line) => /: error\[/.test(line));
    expect(told).toHaveLength(100);
    expect(told[0]).toMatch(/bench\.yaml:\d+:\d+: error\[/);
    const rest = `: ${more} more problems \\((?:(?:${RULES})(?:, )?){2,3}\\); correct these first, or see more with npm run `;
    expect(err.filter((line) => line.includes('more problems'))).toEqual([
      expect.stringMatching(new RegExp(rest)),
    ]);
    expect(err.length).toBeLessThan(105);
  });

  it('are in --json as the first thousand of each rule, with the count of the others', async () => {
    const { code, out } = await run('validate', file, '--json');
    expect(code).toBe(1);
    const { diagnostics, problems } = JSON.parse(out) as {
      diagnostics: { rule: string; more?: number; message: string }[];
      problems: unknown;
    };
    expect(problems).toEqual({ errors: 3 * NODES, warnings: 0 });
    expect(diagnostics).toHaveLength(3003);
    expect(diagnostics.filter(({ more }) => more !== undefined)).toMatchObject(
      ['schema-key-unknown', 'schema-value', 'server-ref-unknown'].map((rule) => ({
        rule,
        more: 500,
        path: '',
        message: '500 more of this rule',
      })),
    );
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { LOADER_RULES, RULES } from '../../../model/rules';
import { load } from '../../../model/templates/load-with-patches';

const FIXTURES = join(__dirname, '../../fixtures/rules');

/** These two are about whole files: see `cli/synth.test.ts` and `starter.test.ts`. */
const TESTED_ELSEWHERE = ['definition-file', 'starter-value'];

const ids = [
  ...RULES.map(({ id }) => id),
  ...Object.keys(LOADER_RULES).filter((id) => !TESTED_ELSEWHERE.includes(id)),
];

/** `valid.yaml`, `invalid.tfvars`, or a folder of that name where a rule looks at several definitions. */
function fixture(id: string, kind: 'valid' | 'invalid'): string {
  const found = ['', '.yaml', '.tfvars']
    .map((end) => join(FIXTURES, id, kind + end))
    .find((path) => existsSync(path));
  if (!found)
    throw new Error(`rule ${id} has no ${kind} fixture in ${relative(process.cwd(), join(FIXTURES, id))}`);
  return found;
}

async function report(path: string): Promise<string[]> {
  const { diagnostics } = await load(path);
  return diagnostics.map((d) => formatDiagnostic({ ...d, file: relative(join(path, '..'), d.file) }));
}

describe.each(ids)('rule %s', (id) => {
  it('accepts its valid fixture', async () => {
    expect(await report(fixture(id, 'valid'))).toEqual([]);
  });

  it('says exactly this of its invalid fixture', async () => {
    const lines = await report(fixture(id, 'invalid'));
    const expected = join(FIXTURES, id, 'expected.txt');
    // Only on demand, and to be read before it is committed.
    if (process.env.UPDATE_FIXTURES) writeFileSync(expected, lines.join('\n') + '\n');
    expect(lines.join('\n') + '\n').toBe(readFileSync(expected, 'utf8'));
    expect(lines.some((line) => line.includes(`[${id}]`))).toBe(true);
  });
});

it('has no fixture without a rule', () => {
  expect(readdirSync(FIXTURES).filter((id) => !ids.includes(id))).toEqual([]);
});

it('has no rule id twice', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

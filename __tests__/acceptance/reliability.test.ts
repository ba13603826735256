/** What becomes of a cluster when servers fail, seen with the real provider, and docs/reliability.md, which says so. */
import { join } from 'node:path';
import { writeIfChanged } from '../../scripts/lib/platform/files';
import { readIfThere } from '../../model/support/files';
import { PROJECT_ROOT } from '../../tools/paths';
import { describeTerraform } from '../testing/terraform';
import { NOTHING, OPERATIONS, type Cell, type Operation } from './reliability/cell';
import { keyOf, renderTables, withTables } from './reliability/document';
import { KILLS, runKill } from './reliability/kill';
import { ROWS } from './reliability/rows';
import { runCell, type Result } from './reliability/run';

// A hundred runs of Terraform share the processors.
jest.setTimeout(300_000);

const DOCUMENT = join(PROJECT_ROOT, 'docs', 'reliability.md');
const BOTH = ['cp-1 running', 'worker-1 running'];

const CELLS = ROWS.flatMap((row) =>
  OPERATIONS.flatMap((operation): [string, Operation, Cell][] => {
    const cell = row[operation];
    return typeof cell === 'string' ? [] : [[keyOf(row, operation), operation, cell]];
  }),
);

/** What must be seen in every cell, and in this one. */
const expected = (operation: Operation, cell: Cell): Result => ({
  code: cell.error === undefined ? 0 : 1,
  said: cell.error ?? cell.warning ?? '',
  plan: cell.plan ?? NOTHING,
  left: NOTHING,
  lost: cell.loses ?? [],
  remains: operation === 'destroy' ? [] : BOTH,
  violations: [],
});

describeTerraform('reliability', () => {
  const results = new Map<string, Result>();

  describe('a fault', () => {
    it.concurrent.each(CELLS)('%s', async (key, operation, cell) => {
      const result = await runCell(operation, cell);
      expect(result).toEqual(expected(operation, cell));
      results.set(key, result);
    });
  });

  describe('Terraform dies', () => {
    it.concurrent.each(KILLS)('$id', async (kill) => {
      const result = await runKill(kill);
      expect(result).toEqual({
        code: kill.refused === undefined ? 0 : 1,
        said: kill.refused ?? '',
        plan: kill.plan,
        left: NOTHING,
        lost: [],
        remains: kill.command === 'destroy' ? [] : BOTH,
        violations: [],
      });
      results.set(kill.id, result);
    });
  });

  it('is what docs/reliability.md says (npm run reliability writes it)', () => {
    const document = readIfThere(DOCUMENT) ?? '';
    const text = withTables(document, renderTables(ROWS, KILLS, results));
    // Nothing is written of a run in which something else was seen than the rows say.
    expect(results.size).toBe(CELLS.length + KILLS.length);
    if (process.env['UPDATE_RELIABILITY']) writeIfChanged(DOCUMENT, text);
    expect(readIfThere(DOCUMENT)).toBe(text);
  });
});

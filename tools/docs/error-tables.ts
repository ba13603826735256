/** What the guides say of errors, in tables whose first column is a rule or a text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../paths';

/** A row of such a table. */
export interface ToldError {
  /** Rules, as messages show them in brackets, or a part of the text of a message. */
  readonly id: string;
  readonly why?: string;
  readonly help?: string;
  readonly page: string;
}

/** Heading of a column, by what it holds. */
const WHY = /^(Why|What|Denies)$/;
const HELP = /what to do$/i;

/** The rows of all guides, in the order of their pages. */
export const toldErrors = (): ToldError[] =>
  readdirSync(join(PROJECT_ROOT, 'docs/guide'))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .flatMap((file) => rowsOf(`docs/guide/${file}`));

function rowsOf(page: string): ToldError[] {
  const rows: ToldError[] = [];
  let headings: readonly string[] | undefined;
  for (const line of readFileSync(join(PROJECT_ROOT, page), 'utf8').split('\n')) {
    const cells = line.startsWith('|') ? cellsOf(line) : undefined;
    if (!cells) headings = undefined;
    else if (!headings) headings = cells;
    else if (/^(Rule|Text)$/.test(headings[0] ?? '') && !/^-+$/.test(cells[0] ?? '')) {
      const ids = [...(cells[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, id = '']) => id);
      const why = cells[headings.findIndex((heading) => WHY.test(heading))];
      const help = cells[headings.findIndex((heading) => HELP.test(heading))];
      const told = { ...(why === undefined ? {} : { why }), ...(help === undefined ? {} : { help }), page };
      rows.push(...ids.map((id) => ({ id, ...told })));
    }
  }
  return rows;
}

/** Without links: a terminal follows none. */
const cellsOf = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/\[([^\]]+)\]\([^)]+\)/g, '$1'));

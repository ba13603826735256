/** A wrong and a right example of each rule, cut out of the fixtures that its tests run. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PROJECT_ROOT } from '../paths';

const FIXTURES = join(PROJECT_ROOT, '__tests__/fixtures/rules');

/** Two findings show what a rule is about, and so many lines how it is right. */
const MOST_FINDINGS = 2;
const MOST_LINES = 8;

export interface RuleExample {
  /** Lines of a definition that the rule refuses, with those that they belong to. */
  readonly wrong: string;
  /** What is said of them. */
  readonly says: readonly string[];
  /** Lines of a definition that it takes. */
  readonly right: string;
}

interface Reported {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** `undefined` for rules about whole files, which have no definition to show. */
export function ruleExample(id: string): RuleExample | undefined {
  const folder = join(FIXTURES, id);
  if (!existsSync(folder)) return undefined;
  const found = reported(id, readFileSync(join(folder, 'expected.txt'), 'utf8'));
  const file = (found.find((one) => one.file.endsWith('.yaml')) ?? found[0])?.file ?? '';
  const shown = found.filter((one) => one.file === file).slice(0, MOST_FINDINGS);
  const wrong = linesOf(join(folder, file));
  const right = linesOf(validFile(folder, basename(file)));
  const blocks = new Set(shown.map(({ path }) => path.split(/[.[]/)[0] ?? ''));
  return {
    wrong: excerpt(wrong, new Set(shown.map(({ line }) => line - 1))),
    says: shown.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
    right: excerpt(right, new Set([...differing(right, wrong, blocks)].slice(0, MOST_LINES))),
  };
}

const reported = (id: string, expected: string): Reported[] =>
  [...expected.matchAll(/^(\S+?)(?::(\d+):\d+)?: (?:error|warning)\[([a-z0-9-]+)\] ?(.*)$/gm)]
    .filter(([, , , rule]) => rule === id)
    .map(([, file = '', line = '1', , text = '']) => {
      const [, path = '', message = ''] = /^(?:([^\s:]+): )?(.*)$/.exec(text) ?? [];
      return { file, line: Number(line), path, message };
    });

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

/** The valid definition that is called like the invalid one, or the first. */
function validFile(folder: string, name: string): string {
  const valid =
    ['valid', 'valid.yaml', 'valid.tfvars'].map((end) => join(folder, end)).find(existsSync) ?? '';
  if (!statSync(valid).isDirectory()) return valid;
  const same = join(valid, name);
  const first =
    readdirSync(valid)
      .filter((file) => /\.(yaml|tfvars)$/.test(file))
      .sort()[0] ?? '';
  return existsSync(same) ? same : join(valid, first);
}

/** What is new beside the wrong definition, at most as much as one reads; else the blocks that the findings are about. */
function differing(
  right: readonly string[],
  wrong: readonly string[],
  blocks: ReadonlySet<string>,
): Set<number> {
  const known = new Set(wrong.map((line) => line.trim()));
  let block = '';
  const inBlock = right.map((line) => {
    block = /^([a-z_]+)\s*[:=]/.exec(line)?.[1] ?? block;
    return blocks.has(block);
  });
  const numbers = [...right.keys()].filter((i) => right[i]?.trim() !== '');
  const fresh = numbers.filter((i) => inBlock[i] && !known.has(right[i]?.trim() ?? ''));
  if (fresh.length > 0) return new Set(fresh);
  const same = numbers.filter((i) => inBlock[i]);
  return new Set(same.length > 0 ? same : numbers.slice(-MOST_LINES));
}

const indentOf = (line: string): number => line.search(/\S|$/);

/** These lines with the keys that they stand under, and `…` for what is left out between them. */
function excerpt(lines: readonly string[], wanted: ReadonlySet<number>): string {
  const shown = new Set(wanted);
  for (const i of wanted) {
    let indent = indentOf(lines[i] ?? '');
    for (let above = i - 1; above >= 0 && indent > 0; above--) {
      const line = lines[above] ?? '';
      if (line.trim() === '' || indentOf(line) >= indent) continue;
      shown.add(above);
      indent = indentOf(line);
    }
  }
  const sorted = [...shown].sort((a, b) => a - b);
  return sorted
    .flatMap((i, at) => {
      const line = lines[i] ?? '';
      const skipped = at > 0 && sorted[at - 1] !== i - 1 && indentOf(line) > 0;
      return [...(skipped ? [`${' '.repeat(indentOf(line))}…`] : []), line];
    })
    .join('\n');
}

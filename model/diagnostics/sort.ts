import { byBytes } from '../support/text';
import { formatDiagnostic, type Diagnostic } from './diagnostics';

/** Problems of one rule in one file that are kept: who has more repairs them by a program, and asks again. */
export const MOST_OF_RULE = 1000;

/** Problems that are kept in all, over all files. */
const MOST_KEPT = 10_000;

/** Problems of one rule and severity in one file. */
interface Group {
  kept: Diagnostic[];
  /** All, to tell none twice. */
  readonly seen: Set<string>;
  /** How many are counted, and not kept. */
  more: number;
}

/**
 * Sorted by file, position and rule; a problem that many nodes inherit from one place is told once. Of each rule in each file
 * the first are kept, and the others counted in one problem that stands for them: a mistake in a hundred thousand
 * nodes takes neither all memory nor all patience.
 */
export function sortDiagnostics(diagnostics: Iterable<Diagnostic>): Diagnostic[] {
  const groups = new Map<string, Group>();
  for (const one of diagnostics) {
    const { file, rule, severity } = one;
    const key = `${file}\0${rule}\0${severity}`;
    const group = groups.get(key) ?? { kept: [], seen: new Set(), more: 0 };
    groups.set(key, group);
    if (one.more !== undefined) group.more += one.more;
    else add(group, one);
  }
  const most = Math.max(1, Math.min(MOST_OF_RULE, Math.floor(MOST_KEPT / groups.size)));
  return [...groups.values()]
    .flatMap((group) => {
      cut(group, most);
      const { kept, more } = group;
      return more > 0 && kept[0] ? [...kept, rest(kept[0], more)] : kept;
    })
    .sort(inOrder);
}

function add(group: Group, one: Diagnostic): void {
  const text = formatDiagnostic(one);
  if (group.seen.has(text)) return;
  group.seen.add(text);
  group.kept.push(one);
  // Not with each: sorting is what takes time.
  if (group.kept.length >= 2 * MOST_OF_RULE) cut(group, MOST_OF_RULE);
}

function cut(group: Group, most: number): void {
  group.kept.sort(inOrder);
  group.more += Math.max(0, group.kept.length - most);
  group.kept = group.kept.slice(0, most);
}

const rest = ({ file, severity, rule }: Diagnostic, more: number): Diagnostic => ({
  file,
  severity,
  rule,
  path: '',
  more,
  message: `${more.toLocaleString('en-US')} more of this rule`,
});

/** What only counts stands behind what it counts. */
const inOrder = (a: Diagnostic, b: Diagnostic): number =>
  byBytes(a.file, b.file) ||
  (a.more ?? 0) - (b.more ?? 0) ||
  (a.line ?? 0) - (b.line ?? 0) ||
  (a.column ?? 0) - (b.column ?? 0) ||
  byBytes(a.rule, b.rule) ||
  byBytes(a.message, b.message);

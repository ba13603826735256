import type { ReviewFinding, Review } from '../../../model/review';
import { driftLines, type Drift } from '../../../model/review/drift';
import * as words from '../../../model/review/words';
import { oneLine } from '../../../model/support/foreign';
import { some } from '../../../model/support/text';

/** A review as a comment of a pull request. */
export function reviewMarkdown(review: Review): string {
  const { cluster, nodes, others, findings, loads, quorum, notes, verdict } = review;
  const plan = words.planText(review);
  const command = words.allowCommand(review);
  const parts = [
    [`### ${escape(cluster)}: ${escape(words.headline(review))}`],
    verdict === 'nothing' ? [] : [`**${escape(words.verdictText(review))}**`],
    findings.map(findingLine),
    command === '' ? [] : ['```console', oneLine(command).replaceAll('`', "'"), '```'],
    table(
      ['', 'node', 'where', 'what', 'details'],
      words.groups(nodes).map((group) => nodeCells(group)),
    ),
    table(
      ['', 'resource', 'what', 'details'],
      others.map((other) => [
        code(words.ACTION_SIGNS[other.action]),
        escape(words.otherTitle(other)),
        words.ACTION_WORDS[other.action],
        words.details(other).map(escape).join('<br>'),
      ]),
    ),
    table(
      words.LOAD_HEADINGS,
      loads.map((load) => words.loadCells(load).map(escape)),
    ),
    quorum.down.length > 0 ? [`etcd: ${escape(words.quorumText(quorum))}.`] : [],
    notes.map((note) => `> ${escape(note)}`),
    plan === '' ? [] : [escape(plan)],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** A drift as the text of an issue. */
export function driftMarkdown(drift: Drift): string {
  const [headline = '', ...lines] = driftLines(drift);
  const body =
    lines.length > 0
      ? ['', '```text', ...lines.map((line) => oneLine(line).replaceAll('`', "'")), '```']
      : [];
  return `${[`### ${escape(headline)}`, ...body].join('\n')}\n`;
}

function nodeCells({ names, servers, like, details }: words.Group): string[] {
  const power = words.powerText(like);
  return [
    code(words.ACTION_SIGNS[like.action]),
    `**${escape(some(names))}**`,
    escape(`${words.roleTitle(like.role)} on ${servers.join(', ')}`),
    [words.ACTION_WORDS[like.action], ...(power ? [power] : [])].join(', '),
    details.map(escape).join('<br>'),
  ];
}

const ICONS: Readonly<Record<ReviewFinding['severity'], string>> = {
  blocked: '🛑',
  allowed: '☑️',
  warning: '⚠️',
};

function findingLine({ severity, rule, subject, message, allow }: ReviewFinding): string {
  const flag =
    severity === 'warning' ? '' : allow === '' ? ' (no flag allows this)' : ` (${code(`--allow ${allow}`)})`;
  return `- ${ICONS[severity]} ${severity} ${code(rule)} **${escape(subject)}**: ${escape(message)}${flag}`;
}

/** Nothing for a table without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const code = (text: string): string => `\`${oneLine(text).replace(/[`|]/g, ' ')}\``;

/** Text of a definition is not Markdown: names and descriptions stay what they are. */
const escape = (text: string): string =>
  oneLine(text).replace(/[\\`*_~[\]<>|#&@]/g, (sign) => ENTITIES[sign] ?? `\\${sign}`);

/** `@name` would call somebody. */
const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '&': '&amp;', '@': '&#64;' };

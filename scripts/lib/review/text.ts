import picocolors from 'picocolors';
import type { Action, ReviewFinding, Review } from '../../../model/review';
import * as words from '../../../model/review/words';
import { some } from '../../../model/support/text';
import { formatTable } from '../platform/table';

type Colours = ReturnType<typeof picocolors.createColors>;

/** A review for a terminal. @param verb the command that prints it */
export function reviewText(review: Review, colour: boolean, verb: words.Verb = 'review'): string {
  const colours = picocolors.createColors(colour);
  const { cluster, nodes, others, findings, loads, quorum, notes } = review;
  const parts = [
    [`${colours.bold(cluster)}: ${words.headline(review)}`],
    [...words.groups(nodes).flatMap((group) => nodeLines(group, colours))],
    others.flatMap((other) => [
      `  ${sign(other.action, colours)} ${words.otherTitle(other)}: ${words.ACTION_WORDS[other.action]}`,
      ...words.details(other).map((line) => `      ${line}`),
    ]),
    loads.length > 0 ? loadLines(review) : [],
    quorum.down.length > 0 ? [`  ${words.quorumText(quorum)}`] : [],
    findings.flatMap((found) => findingLines(found, colours, verb)),
    notes.map((note) => `${colours.yellow('note')}: ${note}`),
    [verdictLine(review, colours), ...flagLine(review, verb), ...planLine(review, colours)],
  ];
  const blocks = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  if (review.verdict !== 'nothing') return `${blocks.join('\n\n')}\n`;
  const [head = ''] = blocks;
  return `${[head, ...findings.flatMap((found) => findingLines(found, colours, verb))].join('\n')}\n`;
}

function nodeLines({ names, servers, like, details }: words.Group, colours: Colours): string[] {
  const power = words.powerText(like);
  const what = [words.ACTION_WORDS[like.action], ...(power ? [power] : [])].join(', ');
  const where = `${words.roleTitle(like.role)} on ${servers.join(', ')}`;
  return [
    `  ${sign(like.action, colours)} ${colours.bold(some(names))} (${where}): ${what}`,
    ...details.map((line) => `      ${line}`),
  ];
}

function sign(action: Action, colours: Colours): string {
  const text = words.ACTION_SIGNS[action];
  if (action === 'remove' || action === 'replace' || action === 'lost') return colours.red(text);
  return action === 'create' ? colours.green(text) : colours.yellow(text);
}

function findingLines(found: ReviewFinding, colours: Colours, verb: words.Verb): string[] {
  const { severity, rule, subject, message, allow } = found;
  const paint = severity === 'blocked' ? colours.red : severity === 'allowed' ? colours.cyan : colours.yellow;
  const line = `${paint(`${severity}[${rule}]`)} ${subject}: ${message}`;
  if (severity === 'warning') return [line];
  if (allow === '') return [line, '    no flag allows this'];
  return [
    line,
    `    ${severity === 'allowed' ? 'allowed by' : 'allow it with'} ${words.flagOf(found, verb)}`,
  ];
}

function verdictLine(review: Review, colours: Colours): string {
  const text = words.verdictText(review);
  if (review.verdict === 'blocked' || review.verdict === 'incomplete') return colours.red(text);
  return review.verdict === 'allowed' ? colours.yellow(text) : colours.green(text);
}

function flagLine(review: Review, verb: words.Verb): string[] {
  const command = words.allowCommand(review, verb);
  return command === '' ? [] : [`To allow all of it: ${command}`];
}

function planLine(review: Review, colours: Colours): string[] {
  const plan = words.planText(review);
  return plan === '' ? [] : [colours.dim(plan)];
}

const loadLines = ({ loads }: Review): string[] =>
  formatTable(words.LOAD_HEADINGS, loads.map(words.loadCells))
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);

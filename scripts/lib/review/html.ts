import type { Cluster } from '../../../model/cluster/cluster';
import type { ReviewFinding, Review } from '../../../model/review';
import * as words from '../../../model/review/words';
import { escapeHtml } from './escape';
import { PAGE_STYLE } from './style';
import { topologyCards } from './topology';

/** A review as one page without scripts and without anything from elsewhere; fits a telephone, light and dark. */
export function reviewHtml(review: Review, cluster: Cluster): string {
  const { nodes, others, findings, loads, quorum, notes } = review;
  const title = `${review.cluster}: ${words.headline(review)}`;
  const command = words.allowCommand(review);
  const plan = words.planText(review);
  const planLine = plan === '' ? '' : `<p class="plan"><code>${escapeHtml(plan)}</code></p>`;
  const body = [
    `<header><h1>${escapeHtml(review.cluster)}</h1><p class="lead">${escapeHtml(words.headline(review))}</p>`,
    `<p class="verdict ${review.verdict}">${escapeHtml(words.verdictText(review))}</p>${planLine}</header>`,
    section('Findings', list(findings.map(findingItem))),
    command === '' ? '' : `<pre><code>${escapeHtml(command)}</code></pre>`,
    section('Servers and nodes', `<div class="servers">${topologyCards(review, cluster)}</div>${LEGEND}`),
    section('Nodes that change', list(words.groups(nodes).map(nodeItem))),
    section(
      'Other resources',
      list(
        others.map(
          (other) =>
            `<li><b>${escapeHtml(words.otherTitle(other))}</b> ${words.ACTION_WORDS[other.action]}${list(
              words.details(other).map((line) => `<li>${escapeHtml(line)}</li>`),
            )}</li>`,
        ),
      ),
    ),
    section('Capacity', loadTable(review)),
    section(
      'etcd',
      quorum.members > 0 && loads.length > 0 ? `<p>${escapeHtml(words.quorumText(quorum))}</p>` : '',
    ),
    section('Notes', list(notes.map((note) => `<li>${escapeHtml(note)}</li>`))),
  ];
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head>`,
    `<body><main>${body.filter(Boolean).join('\n')}</main></body></html>`,
    '',
  ].join('\n');
}

const section = (title: string, content: string): string =>
  content === '' ? '' : `<section><h2>${title}</h2>${content}</section>`;

const list = (items: readonly string[]): string => (items.length === 0 ? '' : `<ul>${items.join('')}</ul>`);

function findingItem({ severity, rule, subject, message, allow }: ReviewFinding): string {
  const flag =
    severity === 'warning'
      ? ''
      : allow === ''
        ? 'no flag allows this'
        : `<code>--allow ${escapeHtml(allow)}</code>`;
  return `<li class="finding ${severity}"><b>${severity}</b> <code>${escapeHtml(rule)}</code> <b>${escapeHtml(subject)}</b>: ${escapeHtml(message)} ${flag}</li>`;
}

function nodeItem({ names, servers, like, details }: words.Group): string {
  const power = words.powerText(like);
  const what = [words.ACTION_WORDS[like.action], ...(power ? [power] : [])].join(', ');
  const where = `${words.roleTitle(like.role)} on ${servers.join(', ')}`;
  const lines = list(details.map((line) => `<li>${escapeHtml(line)}</li>`));
  return `<li class="change ${like.action}"><b>${escapeHtml(names.join(', '))}</b> <span>(${escapeHtml(where)})</span> ${escapeHtml(what)}${lines}</li>`;
}

function loadTable({ loads }: Review): string {
  if (loads.length === 0) return '';
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${row(words.LOAD_HEADINGS, 'th')}${loads.map((load) => row(words.loadCells(load), 'td')).join('')}</table>`;
}

const LEGEND = `<p class="legend">${(['create', 'update', 'replace', 'remove'] as const)
  .map(
    (action) =>
      `<span class="key ${action}">${words.ACTION_SIGNS[action]} ${words.ACTION_WORDS[action]}</span>`,
  )
  .join(' ')} <span class="key restart">↻ restart</span></p>`;

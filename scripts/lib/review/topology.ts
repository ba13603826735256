import type { Cluster, Disk, Nic, Node } from '../../../model/cluster/cluster';
import type { NodeReview, Review } from '../../../model/review';
import * as words from '../../../model/review/words';
import { megabytes } from '../../../model/review/sizes';
import { count } from '../../../model/support/text';
import { escapeHtml } from './escape';

/** Width of a drawing in its own units; the page scales it to the width of its card. */
const WIDTH = 340;
const HEAD = 44;
const BOX = 86;
const GAP = 12;
/** Where boxes begin: left of them run the networks. */
const LEFT = 26;

/** One node as it is drawn: defined, or about to be destroyed. */
interface Drawn {
  readonly name: string;
  readonly node?: Node;
  readonly review?: NodeReview;
}

/** A drawing for each server with its networks, nodes and disks; what changes is coloured. */
export function topologyCards(review: Review, cluster: Cluster): string {
  const reviews = new Map(review.nodes.map((node) => [node.name, node]));
  const defined = new Set(cluster.nodes.map(({ name }) => name));
  const gone = review.nodes.filter(({ name }) => !defined.has(name));
  const keys = [
    ...new Set([...cluster.nodes.map(({ server }) => server.key), ...gone.map(({ server }) => server)]),
  ];
  return keys
    .sort()
    .map((key) => {
      const nodes = cluster.nodes
        .filter(({ server }) => server.key === key)
        .map((node): Drawn => drawn(node, reviews.get(node.name)));
      const removed = gone
        .filter(({ server }) => server === key)
        .map((one): Drawn => ({ name: one.name, review: one }));
      return `<div class="server">${drawing(key, [...nodes, ...removed])}</div>`;
    })
    .join('');
}

const drawn = (node: Node, review: NodeReview | undefined): Drawn => ({
  name: node.name,
  node,
  ...(review ? { review } : {}),
});

function drawing(server: string, nodes: readonly Drawn[]): string {
  const height = HEAD + nodes.length * (BOX + GAP);
  const bridges = [
    ...new Map(nodes.flatMap(({ node }) => (node?.nics ?? []).map((nic) => [networkOf(nic), nic]))).values(),
  ];
  const label = bridges.map((nic) => `${nic.network}: ${networkOf(nic)}`).join('   ');
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(`server ${server}`)}">`,
    `<text class="title" x="2" y="16">${escapeHtml(server)}</text>`,
    `<text class="dim" x="2" y="34">${escapeHtml(fit(label, 56))}</text>`,
    ...bridges.map((nic) => trunk(nic, nodes)),
    ...nodes.map((one, i) => box(one, top(i))),
    '</svg>',
  ].join('');
}

const top = (i: number): number => HEAD + i * (BOX + GAP);

const networkOf = ({ bridge, vlanId }: Nic): string => (vlanId === 0 ? bridge : `${bridge} vlan ${vlanId}`);

const laneOf = ({ network }: Nic): number => (network === 'management' ? 6 : 16);

const classOf = ({ network }: Nic): string => (network === 'management' ? 'wire' : 'wire storage');

/** The line of a network down to the last node on it. */
function trunk(nic: Nic, nodes: readonly Drawn[]): string {
  const last = nodes.findLastIndex(({ node }) => node?.nics.some(({ network }) => network === nic.network));
  const x = laneOf(nic);
  return `<path class="${classOf(nic)}" d="M${x} ${HEAD - 4}V${top(last) + tap(nic)}"/>`;
}

/** Height within a box where its NIC is. */
const tap = ({ network }: Nic): number => (network === 'management' ? 24 : 40);

function box({ name, node, review }: Drawn, y: number): string {
  const action = review?.action ?? '';
  const role = review?.role ?? node?.role ?? 'unknown';
  const restart = review?.power === 'restarts' || review?.power === 'later' ? ' ↻' : '';
  const what = review
    ? `${words.ACTION_SIGNS[review.action]} ${words.ACTION_WORDS[review.action]}${restart}`
    : '';
  const right = WIDTH - 10;
  return [
    `<g class="${action}"><title>${escapeHtml([name, ...(review ? words.details(review) : [])].join('\n'))}</title>`,
    ...(node?.nics ?? []).map(
      (nic) => `<path class="${classOf(nic)}" d="M${laneOf(nic)} ${y + tap(nic)}H${LEFT}"/>`,
    ),
    `<rect class="box" x="${LEFT}" y="${y}" width="${WIDTH - LEFT - 2}" height="${BOX}" rx="6"/>`,
    `<text class="name" x="${LEFT + 8}" y="${y + 19}">${escapeHtml(fit(name, 24))} <tspan class="dim">${node?.vmId ?? review?.vmid ?? ''}</tspan></text>`,
    `<text class="what" x="${right}" y="${y + 19}" text-anchor="end">${escapeHtml(what)}</text>`,
    `<text class="dim" x="${LEFT + 8}" y="${y + 37}">${escapeHtml(facts(node, review, role))}</text>`,
    `<text class="dim" x="${right}" y="${y + 37}" text-anchor="end">${escapeHtml(fit(node?.nics[0]?.ip ?? '', 20))}</text>`,
    disks(node, review, y + 48),
    '</g>',
  ].join('');
}

/** `worker · 8 cores · 16 GB` */
function facts(
  node: Node | undefined,
  review: NodeReview | undefined,
  role: Node['role'] | 'unknown',
): string {
  const cores = node?.cpuCores ?? review?.cores.from ?? 0;
  const mb = node?.memoryMb ?? review?.mb.from ?? 0;
  return `${words.roleTitle(role)} · ${count(cores, 'core')} · ${megabytes(mb)}`;
}

/** Disks side by side; those whose contents are at risk are marked, also when they are no longer defined. */
function disks(node: Node | undefined, review: NodeReview | undefined, y: number): string {
  const risks = review?.data ?? [];
  const kept = (node?.disks ?? []).map((disk) => ({
    ...cell(disk),
    hit: risks.some((one) => one.disk === disk.interface && one.what !== 'moved'),
  }));
  const names = new Set(kept.map(({ name }) => name));
  const lost = risks
    .filter(({ disk }) => !names.has(disk))
    .map(({ disk, gb, storage }) => ({ name: disk, gb, storage, hit: true }));
  const all = [...kept, ...lost];
  const shown = all.slice(0, 3);
  const width = 94;
  return shown
    .map(({ name, gb, storage, hit }, i) => {
      const x = LEFT + 8 + i * (width + 6);
      const more = i === 2 && all.length > 3 ? ` +${all.length - 3}` : '';
      return [
        `<rect class="disk${hit ? ' hit' : ''}" x="${x}" y="${y}" width="${width}" height="30" rx="4"/>`,
        `<text class="dim" x="${x + 5}" y="${y + 13}">${escapeHtml(`${name} ${gb} GB${more}`)}</text>`,
        `<text class="dim" x="${x + 5}" y="${y + 25}">${escapeHtml(fit(storage, 15))}</text>`,
      ].join('');
    })
    .join('');
}

const cell = ({ interface: name, sizeGb: gb, storage }: Disk) => ({ name, gb, storage });

/** A drawing has no line breaks. */
const fit = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

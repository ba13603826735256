import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reviewPlan, type Review } from '../../../../model/review';
import { reviewDrift } from '../../../../model/review/drift';
import { reviewHtml } from '../../../../scripts/lib/review/html';
import { driftMarkdown, reviewMarkdown } from '../../../../scripts/lib/review/markdown';
import { reviewText } from '../../../../scripts/lib/review/text';
import { wantsColour } from '../../../../scripts/lib/platform/terminal';
import { PROJECT_ROOT } from '../../../../tools/paths';
import { clusterOf, planOf, SHOWN, type PlanCase } from '../../../testing/plan-cases';

function reviewOf(name: PlanCase, ...allow: readonly string[]): Review {
  return reviewPlan(planOf(name), clusterOf(name), { allow, notes: [] });
}

const page = (name: PlanCase): string => reviewHtml(reviewOf(name), clusterOf(name));

describe('the text of a review', () => {
  it('tells a replaced control plane', () => {
    expect(reviewText(reviewOf('control-plane-replacement'), false)).toBe(`home: 1 node replaced, 5 untouched

  ± talos-control-2 (control plane on pve2): replaced
      because of VMID
      VMID 1001 → 1050
      disk scsi0 (100 GB on local-zfs) destroyed

  server       cores  memory  down at once
  pve2         16     32 GB   4 cores, 8 GB
  all servers  36     88 GB   4 cores, 8 GB

  3 control planes, etcd needs 2; talos-control-2 goes down: quorum kept

blocked[identity-changed] talos-control-2: the VM is destroyed and re-created, because of VMID; disks scsi0 (100 GB on local-zfs) are lost; let it leave etcd first: talosctl -n 192.168.10.101 etcd leave
    allow it with --allow replace:talos-control-2
blocked[vm-protection] talos-control-2: VM protection is on, so it cannot be destroyed; set vm_protection: false and apply that first
    no flag allows this

Blocked: 2 findings, 1 of which no flag allows.
`);
  });

  it('tells what is allowed, and what a flag would be', () => {
    expect(reviewText(reviewOf('worker-removal', 'remove:talos-worker-2'), false)).toContain(
      '\n    allowed by --allow remove:talos-worker-2\n\nDestructive, and allowed by name: remove:talos-worker-2.\n',
    );
    expect(reviewText(reviewOf('data-disk-removal'), false)).toContain(
      'Blocked: 1 finding.\nTo allow all of it: npm run review -- home --allow disks:talos-worker-3\n',
    );
  });

  it('names the flags of the command that prints it', () => {
    const text = reviewText(reviewOf('worker-removal'), false, 'up');
    expect(text).toContain('\n    allow it with --remove talos-worker-2\n');
    expect(text).toContain('To allow all of it: npm run up -- home --remove talos-worker-2\n');
    expect(reviewText(reviewOf('data-disk-removal'), false, 'up')).toContain(
      'npm run up -- home --allow disks:talos-worker-3\n',
    );
  });

  it('is one line where nothing changes', () => {
    expect(reviewText(reviewOf('nothing'), false)).toBe('home: nothing changes\n');
  });

  it('has colour on demand only', () => {
    expect(reviewText(reviewOf('grow'), false)).not.toContain('\u001b');
    expect(reviewText(reviewOf('grow'), true)).toContain('\u001b[');
    // As many lines as without: a colour around nothing is a line too.
    for (const name of SHOWN)
      expect(reviewText(reviewOf(name), true).split('\n')).toHaveLength(
        reviewText(reviewOf(name), false).split('\n').length,
      );
  });
});

describe('an incomplete plan', () => {
  it('has no verdict and no name in any form', () => {
    for (const name of SHOWN) {
      const whole = reviewPlan(planOf(name), clusterOf(name)).fingerprint;
      const review = reviewPlan({ ...planOf(name), errored: true }, clusterOf(name));
      for (const text of [
        reviewText(review, false),
        reviewMarkdown(review),
        reviewHtml(review, clusterOf(name)),
        JSON.stringify(review),
      ]) {
        expect(text).toContain('incomplete');
        expect(text).not.toContain(whole);
        expect(text).not.toMatch(/Nothing (destructive|to do)|Blocked:|To allow all of it|npm run review/);
      }
    }
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [undefined, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
  ])('on a terminal: %s, with %p: %s', (isTTY, env, expected) => {
    expect(wantsColour(isTTY === undefined ? {} : { isTTY }, env)).toBe(expected);
  });
});

describe('the Markdown of a review', () => {
  it('is what the guide shows; UPDATE_FIXTURES=1 writes it', () => {
    const file = join(PROJECT_ROOT, 'docs/guide/review.md');
    const text = readFileSync(file, 'utf8');
    const picture = (name: PlanCase) => `![The page of it](../images/review-${name}.png)\n`;
    const shown = SHOWN.map((name) => `${reviewMarkdown(reviewOf(name))}\n${picture(name)}`).join('\n');
    const expected = text.replace(
      /(<!-- reviews -->)[\s\S]*(<!-- \/reviews -->)/,
      (_, start: string, end: string) => `${start}\n\n${shown}\n${end}`,
    );
    if (process.env['UPDATE_FIXTURES']) writeFileSync(file, expected);
    expect(readFileSync(file, 'utf8')).toBe(expected);
  });

  it('of a drift tells it in a block, in which nothing is markup', () => {
    const drift = reviewDrift(planOf('drift'), clusterOf('nothing'), ['```']);
    const text = driftMarkdown(drift);
    expect(text).toMatch(/^### home: 3 differences on the servers\n\n```text\n {2}~ talos-control-1 /);
    expect(text).toMatch(/\n {6}cores 4 → 16\n[\s\S]*\nnote: \'\'\'\n[^`]*\n```\n$/);
    const none = reviewDrift({ ...planOf('drift'), resource_drift: [] }, clusterOf('nothing'));
    expect(driftMarkdown(none)).toBe('### home: no drift since the last apply\n');
  });

  it('leaves names what they are', () => {
    const review = { ...reviewOf('nothing'), verdict: 'safe' as const, notes: ['<b>*x*|y`'] };
    expect(reviewMarkdown(review)).toContain('> &lt;b\\>\\*x\\*\\|y\\`\n');
  });
});

describe('the page of a review', () => {
  it.each(SHOWN)('of %s needs nothing from elsewhere and no script', (name) => {
    const html = page(name);
    expect(html).not.toMatch(/<script|https?:\/\/|@import|url\(/);
    expect(html.match(/<svg/g)).toHaveLength(2);
    for (const { name: node } of clusterOf(name).nodes) expect(html).toContain(node);
  });

  it('draws a node that goes, with its disks, and a disk that goes from a node that stays', () => {
    expect(page('worker-removal')).toMatch(/<g class="remove"><title>talos-worker-2/);
    expect(page('worker-removal')).toContain('>scsi1 200 GB</text>');
    expect(page('data-disk-removal').match(/class="disk hit"/g)).toHaveLength(1);
  });

  it('escapes what comes from a definition', () => {
    const review = { ...reviewOf('grow'), notes: ['<img src=x onerror="1">'] };
    expect(reviewHtml(review, clusterOf('grow'))).toContain('&lt;img src=x onerror=&quot;1&quot;&gt;');
  });
});

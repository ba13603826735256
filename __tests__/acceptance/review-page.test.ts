import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { reviewPlan } from '../../model/review';
import { reviewHtml } from '../../scripts/lib/review/html';
import { PROJECT_ROOT } from '../../tools/paths';
import { clusterOf, planOf, SHOWN, type PlanCase } from '../testing/plan-cases';
import { temporaryFolder } from '../testing/terraform';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

const HOW = `no browser at ${CHROMIUM}; apt-get install chromium, or name one in CHROMIUM`;

const VIEWPORTS = { desktop: { width: 1100, height: 900 }, phone: { width: 360, height: 740 } } as const;

/** `describe`, or a skipped one that says loudly what is missing; in CI that is a failure. */
function describeBrowser(): typeof describe {
  if (existsSync(CHROMIUM)) return describe;
  if (process.env['CI']) throw new Error(`the page cannot be tested: ${HOW}`);
  process.stderr.write(`\n*** SKIPPED: the page of a review in a browser. ${HOW}\n\n`);
  return describe.skip;
}

/** The page in a real browser without JavaScript, as a person reads it. */
describeBrowser()('the page of a review', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });

  afterAll(async () => {
    await browser.close();
  });

  function html(name: PlanCase): string {
    return reviewHtml(reviewPlan(planOf(name), clusterOf(name)), clusterOf(name));
  }

  async function open(
    name: PlanCase,
    device: keyof typeof VIEWPORTS,
    dark = false,
  ): Promise<[Page, string[]]> {
    const file = join(temporaryFolder(), 'review.html');
    writeFileSync(file, html(name));
    const context = await browser.newContext({
      viewport: VIEWPORTS[device],
      javaScriptEnabled: false,
      colorScheme: dark ? 'dark' : 'light',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(request.url()));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:') && !request.url().startsWith('data:'))
        complaints.push(request.url());
    });
    await page.goto(`file://${file}`);
    return [page, complaints];
  }

  const cases = SHOWN.flatMap((name) =>
    (['desktop', 'phone'] as const).map((device) => [name, device] as const),
  );

  it.each(cases)('of %s fits a %s', async (name, device) => {
    const [page, complaints] = await open(name, device);
    const { width } = VIEWPORTS[device];
    // Nothing is wider than the page, so that nobody scrolls sideways.
    const { cssContentSize } = await (await page.context().newCDPSession(page)).send('Page.getLayoutMetrics');
    expect(cssContentSize.width).toBeLessThanOrEqual(width);
    for (const { name: node } of clusterOf(name).nodes) {
      const label = page.locator('svg .name', { hasText: node });
      expect(await label.isVisible()).toBe(true);
      const box = await label.boundingBox();
      // Readable: no smaller than 10 pixels even on a telephone.
      expect(box?.height).toBeGreaterThanOrEqual(10);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
    expect(await page.locator('.verdict').isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('has another background in the dark', async () => {
    const colour = async (dark: boolean): Promise<Buffer> => {
      const [page] = await open('grow', 'phone', dark);
      const shot = await page.screenshot({ clip: { x: 0, y: 0, width: 4, height: 4 } });
      await page.context().close();
      return shot;
    };
    expect((await colour(true)).equals(await colour(false))).toBe(false);
  });

  it.each([
    ...SHOWN.map((name) => [name, 'desktop', `review-${name}.png`] as const),
    ['worker-removal', 'phone', 'review-worker-removal-phone.png'] as const,
  ])('%s on a %s is in the guide; UPDATE_SCREENSHOTS=1 takes it', async (name, device, file) => {
    const path = join(PROJECT_ROOT, 'docs/images', file);
    if (process.env['UPDATE_SCREENSHOTS']) {
      const [page] = await open(name, device, device === 'phone');
      writeFileSync(path, await page.screenshot({ fullPage: device === 'desktop' }));
      await page.context().close();
    }
    expect(existsSync(path)).toBe(true);
  });
});

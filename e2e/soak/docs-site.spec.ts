import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LoopbackServer } from '@worker-auth/testing-fakes';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInBrowser } from '../src/fixtures/describe-in-browser.ts';
import { axeFindings, screens } from '../src/fixtures/axe.ts';
import { useFixedFont } from '../src/fixtures/fixed-font.ts';
import { serveFolder } from '../src/fixtures/static-server.ts';

// Built before by Nx, see package.json.
const site = fileURLToPath(new URL('../../tools/docs/site', import.meta.url));
const paths = [
  '',
  'repository.html',
  'guides/how-it-works.html',
  'packages/temporal-auth/',
  'measurements/bad-days.html',
  'api/temporal-auth/',
  'api/temporal-auth/classes/TemporalWorkflowClient.html',
];

await describeInBrowser('in a browser, the site of the documentation', (browser) => {
  let server: LoopbackServer;
  beforeAll(async () => {
    server = await serveFolder(site);
  });
  afterAll(() => server.stop());

  it.each(screens)(
    'shows its pages at $viewport.width, $colorScheme, with nothing cut off, nothing that axe finds, and nothing of another host',
    async (screen) => {
      await using opened = await open(browser(), server.url, screen);
      const { page } = opened;
      for (const path of paths) {
        await show(page, `${server.url}/${path}`);
        expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([
          path,
          screen.viewport.width,
        ]);
        expect([path, await page.evaluate(cutOff)]).toEqual([path, []]);
        expect([path, await axeFindings(page)]).toEqual([path, []]);
      }
      await show(page, server.url);
      expect(await page.locator('figure.diagram svg').getByText('temporal-auth').first().isVisible()).toBe(
        true,
      );
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const [red = NaN] = /\d+/.exec(background) ?? [];
      expect(Number(red) > 128).toBe(screen.colorScheme === 'light');
      expect(opened.complaints).toEqual([]);
    },
  );

  it('has no page of more than six screens but reference tables', async () => {
    const screen = { width: 1_280, height: 844 };
    await using opened = await open(browser(), server.url, { viewport: screen, javaScriptEnabled: false });
    const long: string[] = [];
    for (const path of globSync('**/*.html', {
      cwd: site,
      exclude: ['api/**', '404.html'],
    })) {
      await opened.page.goto(`${server.url}/${path}`);
      await useFixedFont(opened.page);
      const { height, tables } = await opened.page.evaluate<{ height: number; tables: number }>(`({
        height: document.body.scrollHeight,
        tables: [...document.querySelectorAll('.vp-doc table')].reduce((sum, { offsetHeight }) => sum + offsetHeight, 0),
      })`);
      // A reference is mostly tables, in which readers search.
      if (height > 6 * screen.height && tables < height / 2) long.push(`${path}: ${height} px`);
    }
    expect(long).toEqual([]);
  });

  it('can be searched by the keyboard alone, and shows what has the focus', async () => {
    await using opened = await open(browser(), server.url);
    const { page } = opened;
    await show(page, server.url);
    const focused: string[] = [];
    for (let key = 0; key < 3; key++) {
      await page.keyboard.press('Tab');
      focused.push(
        await page.evaluate<string>('document.activeElement.ariaLabel || document.activeElement.textContent'),
      );
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
    }
    expect(focused).toEqual(['Skip to content', 'worker-auth', 'Search']);
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.type('TemporalWorkflowClient');
    await page.locator('#localsearch-list a').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/packages\/temporal-auth\/docs\/client\.html/);
    expect(opened.complaints).toEqual([]);
  });
});

/** What of a page is cut off: wide code and tables, and labels of diagrams that are wider than their boxes. */
const cutOff = `[
  ...[...document.querySelectorAll('.vp-doc pre, .vp-doc table')].filter((part) => part.scrollWidth > part.clientWidth + 1),
  ...[...document.querySelectorAll('figure.diagram svg text')].filter((label) => {
    const { left, right, top, bottom } = label.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const boxes = [...label.closest('svg').querySelectorAll('rect')].map((box) => box.getBoundingClientRect());
    const around = boxes.filter((box) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom);
    const [box] = around.sort((one, other) => one.width * one.height - other.width * other.height);
    return box !== undefined && (left < box.left - 1 || right > box.right + 1);
  }),
].map(({ textContent }) => textContent.slice(0, 80))`;

interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** What the console says, what is not there, and requests to other hosts. */
  readonly complaints: readonly string[];
}

async function show(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

async function open(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(request.url());
  });
  page.on('response', (response) => {
    if (!response.ok()) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { axeFindings, screens } from '../src/fixtures/axe.ts';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';
import { describeInBrowser } from '../src/fixtures/describe-in-browser.ts';

const options = ['--seconds', '600', '--fault-seconds', '15'];
/** Until a page shows what it has to: a machine that runs other tests is slow. */
const timeout = 60_000;

await describeInBrowser('in a browser, the page of npm start', (browser) => {
  it('shows two workers on its first screen, of which one dies by its first button, and one goes on', async () => {
    await using demo = new DemoProcess(['--seconds', '600']);
    const url = await demo.printed(/What happens, live +(http:\S+)\n/);
    for (const screen of screens) {
      const page = await browser().newPage({ ...screen, bypassCSP: true });
      await page.goto(url);
      await page.locator('#completed', { hasText: /[1-9]/ }).waitFor({ timeout });
      const button = await page.getByRole('button').first().boundingBox();
      for (const id of ['what', 'ours-state', 'plain-state'])
        expect((await page.locator(`#${id}`).boundingBox())?.y).toBeLessThan(button?.y ?? 0);
      expect((button?.y ?? Infinity) + (button?.height ?? 0)).toBeLessThan(screen.viewport.height);
      expect(await axeFindings(page)).toEqual([]);
      await page.close();
    }
    const page = await browser().newPage({ bypassCSP: true });
    await page.goto(url);
    const shows = (id: string, hasText: RegExp) =>
      page.locator(`#${id}`, { hasText }).waitFor({ timeout: 180_000 });
    await shows('plain-state', /^works$/);
    await press(page, 'Rotate the secret');
    await back(page, 'Rotate the secret');
    await shows('plain-state', /^no workflow for \d+ s$/);
    await shows('ours-state', /^works$/);
    await shows('plain-state', /^FAILED$/);
    await shows('ours-state', /^works$/);
    expect(await axeFindings(page)).toEqual([]);
    await page.close();
    expectTrueReport((await demo.endBy('SIGTERM')).code, demo.output);
    const plain =
      /^Plain worker (\d+) started, (\d+) completed; it has FAILED; RPCs: \d+ passed, [1-9]\d* rejected$/m;
    const [, started, completed] = plain.exec(demo.output) ?? [];
    expect(Number(completed), demo.output).toBeLessThan(Number(started));
  }, 600_000);

  it('shows tokens and workflows, and breaks and mends what its buttons say', async () => {
    await using started = new AsyncDisposableStack();
    const demo = started.use(new DemoProcess(options));
    const url = await demo.printed(/What happens, live +(http:\S+)\n/);
    const page = await browser().newPage({ viewport: { width: 1_280, height: 800 } });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);

    await page.locator('#token', { hasText: /number \d/ }).waitFor({ timeout });
    await page.locator('#completed', { hasText: /[3-9]/ }).waitFor({ timeout });
    expect(await page.locator('#chart .token').count()).toBeGreaterThan(0);
    expect(await page.locator('#chart .completed').count()).toBeGreaterThan(0);
    expect(await page.getByRole('button').allTextContents()).toEqual([
      ...['Rotate the secret', 'Stop the OAuth server', 'Revoke the tokens', 'Withdraw the signing key'],
      ...['Restart Temporal', 'Reject for 15 s', 'One of two frontends rejects'],
      ...['Throttle the namespace', 'Clocks 3 s apart'],
    ]);

    await press(page, 'Rotate the secret');
    await page.getByText('The OAuth server rejects the secret: it is read again').waitFor({ timeout });
    await back(page, 'Rotate the secret');

    await press(page, 'Reject for 15 s');
    await page.locator('#temporal', { hasText: 'rejects' }).waitFor({ timeout });
    expect(await page.getByRole('button', { name: 'Reject for 15 s' }).isEnabled()).toBe(false);
    await page.locator('#calls', { hasText: /[1-9]/ }).waitFor({ timeout });
    await back(page, 'Reject for 15 s');
    await page.locator('#temporal', { hasText: 'good' }).waitFor({ timeout });

    // Core repeats a throttled call up to 10 s later, and a workflow task that is lost takes as long: what follows leaves both their time.
    await press(page, 'Throttle the namespace');
    await back(page, 'Throttle the namespace');

    await press(page, 'One of two frontends rejects');
    await page.locator('#temporal-more', { hasText: /^frontend [12] rejects$/ }).waitFor({ timeout });
    await page.locator('#lost-more', { hasText: /^0 pending, [1-9]\d* delivered$/ }).waitFor({ timeout });
    await back(page, 'One of two frontends rejects');

    await press(page, 'Clocks 3 s apart');
    await page.locator('#token-more', { hasText: /^\d+ not accepted yet$/ }).waitFor({ timeout });
    await back(page, 'Clocks 3 s apart');

    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);

    const order = new URL('/faults/reject', url);
    const ofOther = { method: 'POST', headers: { origin: 'http://evil.example' } };
    expect((await fetch(order, ofOther)).status).toBe(403);
    const [byOtherName] = (await once(get(url, { headers: { host: 'evil.example' } }), 'response')) as [
      IncomingMessage,
    ];
    byOtherName.resume();
    expect(byOtherName.statusCode).toBe(421);

    const response = await fetch(new URL('/events', url));
    const ended = demo.endBy('SIGTERM');
    const data = await response.text();
    expect(data).toContain('"tokens":[{"id":1,');
    expect(data).not.toMatch(/eyJ|s3cret|client_secret/);
    expect(await ended, demo.output).toMatchObject({ code: 0 });
    await page.getByText('the demonstration has ended').waitFor({ timeout });
    expect(await page.locator('button:enabled').count()).toBe(0);
    expect(await page.locator('#lost').textContent()).toBe('0');
    expect(complaints).toEqual([]);
  }, 360_000);
});

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
  await row(page, name).waitFor({ timeout });
}

/** The page shows after how many seconds the worker was back. */
async function back(page: Page, name: string): Promise<void> {
  await row(page, name)
    .locator('td.good', { hasText: /^\d+\.\d s$/ })
    .waitFor({ timeout });
}

function row(page: Page, name: string) {
  return page.locator('#outages tr', { hasText: name });
}

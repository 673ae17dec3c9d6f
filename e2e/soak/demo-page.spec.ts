import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { describeInBrowser } from '../src/fixtures/describe-in-browser.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url));
const options = ['--seconds', '600', '--fault-seconds', '15'];
/** Until a page shows what it has to: a machine that runs other tests is slow. */
const timeout = 60_000;

await describeInBrowser('in a browser, the page of npm start', (browser) => {
  it('shows tokens and workflows, and breaks and mends what its buttons say', async () => {
    await using started = new AsyncDisposableStack();
    const folder = started.use(await temporaryFolder());
    const demo = spawn(process.execPath, ['--conditions=@worker-auth/source', main, ...options], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.defer(() => void demo.kill('SIGKILL'));
    const url = await addressOf(demo);
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
      ...['Stop the OAuth server', 'Rotate the secret', 'Revoke the tokens', 'Withdraw the signing key'],
      ...['Restart Temporal', 'Refuse for 15 s'],
    ]);

    await press(page, 'Rotate the secret');
    await page.getByText('The OAuth server refuses the secret: it is read again').waitFor({ timeout });
    await back(page, 'Rotate the secret');

    await press(page, 'Refuse for 15 s');
    await page.locator('#temporal', { hasText: 'refuses' }).waitFor({ timeout });
    expect(await page.getByRole('button', { name: 'Refuse for 15 s' }).isEnabled()).toBe(false);
    await page.locator('#calls-more', { hasText: /[1-9]\d* refused/ }).waitFor({ timeout });
    for (const title of [/^token refused$/, /^[1-9]\d* refused$/]) {
      const named = page.locator('title', { hasText: title });
      expect(await page.locator('#chart rect.refused', { has: named }).count()).toBeGreaterThan(0);
    }
    await back(page, 'Refuse for 15 s');
    await page.locator('#temporal', { hasText: 'good' }).waitFor({ timeout });

    await page.screenshot({ path: join(folder.path, 'wide.png') });
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.screenshot({ path: join(folder.path, 'narrow.png'), fullPage: true });

    const told = await fetch(new URL('/events', url));
    const exit = once(demo, 'exit');
    demo.kill('SIGTERM');
    const data = await told.text();
    expect(data).toContain('"tokens":[{"id":1,');
    expect(data).not.toMatch(/eyJ|s3cret|client_secret/);
    expect(await exit).toEqual([0, null]);
    await page.getByText('the demonstration has ended').waitFor({ timeout });
    expect(await page.locator('button:enabled').count()).toBe(0);
    expect(await page.locator('#lost').textContent()).toBe('0');
    expect(complaints).toEqual([]);
  }, 360_000);
});

/** The address that the demonstration prints; what it prints after that is read and dropped. */
async function addressOf(demo: ChildProcess): Promise<string> {
  if (demo.stdout === null) throw new Error('no output');
  const found = Promise.withResolvers<string>();
  const lines = createInterface({ input: demo.stdout });
  lines.on('line', (line) => {
    const [url] = /http:\S+$/.exec(line) ?? [];
    if (line.startsWith('What happens, live') && url !== undefined) found.resolve(url);
  });
  lines.once('close', () => {
    found.reject(new Error('The demonstration ended before it printed an address'));
  });
  return await found.promise;
}

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

import { expect, it } from 'vitest';
import { startBrowser } from '../src/fixtures/browser.ts';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';

await describeWith(['temporal-cli', 'temporalio', 'temporal-go'], 'npm start -- --workers', () => {
  it('shows plain workers in Python and Go behind the proxy, which outlast what is broken', async () => {
    await using demo = new DemoProcess([
      '--seconds',
      '60',
      '--fault-seconds',
      '15',
      '--workers',
      'python,go',
    ]);
    const url = await demo.printed(/What happens, live +(http:\S+)\n/);
    await demo.printed(/The worker runs/);
    await using started = await startBrowser().catch(() => undefined);
    const page = await started?.browser.newPage();
    await page?.goto(url);
    const press = { method: 'POST', headers: { origin: new URL(url).origin } };
    expect((await fetch(new URL('/faults/reject', url), press)).status).toBe(202);
    for (const language of ['python', 'go'])
      await page?.locator(`#proxied-${language}`, { hasText: /[1-9]/ }).waitFor({ timeout: 30_000 });
    expectTrueReport(await demo.ended(), demo.output);
    for (const language of ['python', 'go']) {
      const line = new RegExp(`^${language} +(\\d+) started, (\\d+) completed, behind the proxy$`, 'm');
      const [, started, completed] = line.exec(demo.output) ?? [];
      expect(Number(completed), demo.output).toBeGreaterThan(Number(started) / 2);
    }
    expect(demo.output).not.toContain('has ended, behind the proxy');
  }, 300_000);

  it('rejects a language that it does not have', async () => {
    await using demo = new DemoProcess(['--workers', 'cobol']);
    expect(await demo.ended()).toBe(2);
    expect(demo.output).toContain('--workers takes python, go or both');
  });
});

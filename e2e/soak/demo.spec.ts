import { describe, expect, it } from 'vitest';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';

/** As it is promised, whatever is broken. */
const endsWithinSeconds = 15;
const longRun = ['--seconds', '600'];
const address = /What happens, live +(http:\S+)\n/;

describe('npm start', () => {
  it('ends with exit code 0, every workflow completed and no RPC rejected', async () => {
    await using demo = new DemoProcess(['--seconds', '15']);
    expectTrueReport(await demo.ended(), demo.output);
    expect(demo.output).toMatch(/^Tokens +[2-9], each good for 10 s$/m);
  }, 120_000);

  it('with --chaos ends with a true report: whether the worker is back from each fault, and every workflow completed', async () => {
    const chaos = ['--seconds', '60', '--fault-seconds', '6', '--chaos', '--seed', '7'];
    await using demo = new DemoProcess(chaos);
    expectTrueReport(await demo.ended(), demo.output);
    expect(demo.output).toMatch(/Chaos, its seed +7\n/);
    expect(demo.output).toContain('\nResults      none lost\n');
    const [, table = ''] = demo.output.split(/what broke +lasted, s +back after, s\n/);
    const outages = [...table.matchAll(/^(\w.*?) +[\d.]+ +(?:not in )?[\d.]+$/gm)].map(([, what]) => what);
    expect(outages.length, table).toBeGreaterThan(0);
    expect(new Set(outages.slice(0, 9)).size).toBe(Math.min(9, outages.length));
  }, 180_000);
});

describe('the end of npm start', () => {
  it('comes in time when its OAuth server is stopped in the first second', async () => {
    await using demo = new DemoProcess(longRun);
    const url = await demo.printed(address);
    const pressed = await fetch(new URL('/faults/stop-oauth', url), {
      ...{ method: 'POST', headers: { origin: new URL(url).origin } },
    });
    expect(pressed.status).toBe(202);
    await demo.printed(/ECONNREFUSED/);
    const { code, seconds } = await demo.endBy('SIGTERM');
    expect(code, demo.output).toBe(1);
    expect(seconds, demo.output).toBeLessThan(endsWithinSeconds);
    expect(demo.output).toMatch(
      /Stop the OAuth server: the worker was not back at the end|No workflow was started/,
    );
  }, 120_000);

  it('comes in time when Temporal stands still, and hears no signal', async () => {
    await using demo = new DemoProcess(longRun);
    await demo.printed(/The worker runs/);
    await demo.freeze(/temporal server start-dev/);
    const { code, seconds } = await demo.endBy('SIGTERM');
    expect(code, demo.output).toBe(1);
    expect(seconds, demo.output).toBeLessThan(endsWithinSeconds);
    expect(demo.output).toContain('npm start: It has not ended within 12 s: it is killed\n');
  }, 120_000);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'comes in time when npm alone gets %s, as in a container',
    async (signal) => {
      await using demo = new DemoProcess(longRun, {}, 'npm');
      await demo.printed(/The worker runs/);
      const { seconds } = await demo.endBy(signal);
      expect(seconds, demo.output).toBeLessThan(endsWithinSeconds);
    },
    120_000,
  );
});

import { expect, it } from 'vitest';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';

it('npm start with --chaos ends with a true report: whether the worker is back from each fault, and every workflow completed', async () => {
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

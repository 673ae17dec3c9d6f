import { expect, it } from 'vitest';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';

it('npm start, in a pipe, ends with exit code 0, every workflow completed, and what the plain worker did', async () => {
  await using demo = new DemoProcess(['--seconds', '3']);
  expectTrueReport(await demo.ended(), demo.output);
  expect(demo.output).toMatch(/Temporal web UI +http:\/\/127\.0\.0\.1:\d+/);
  expect(demo.output).toMatch(
    /Credentials +Dapr secret store component "vault", secret "worker-credentials"/,
  );
  expect(demo.output).not.toMatch(/atlan|deployment-secret/i);
  expect(demo.output).toMatch(
    /Workflows +[1-9]\d* started, \d+ completed\nResults +none lost\nRPCs +[1-9]\d* passed/,
  );
  expect(demo.output).toMatch(
    /\nTwo workers do the same work, [^\n]+\n[^]*\nThe first token came \d+\.\d s after the start\.\n[^]*The worker runs\.\n/,
  );
  expect(demo.output).toMatch(
    /\nPlain worker [1-9]\d* started, [1-9]\d* completed; RPCs: [1-9]\d* passed, \d+ rejected\n/,
  );
});

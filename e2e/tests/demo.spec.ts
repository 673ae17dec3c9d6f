import { expect, it } from 'vitest';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';

it('npm start, in a pipe, ends with exit code 0, and every workflow completed', async () => {
  await using demo = new DemoProcess(['--seconds', '3']);
  expectTrueReport(await demo.ended(), demo.output);
  expect(demo.output).toMatch(/Temporal web UI +http:\/\/127\.0\.0\.1:\d+/);
  expect(demo.output).toMatch(/Credentials +Dapr secret store component "vault"/);
  expect(demo.output).toMatch(
    /Workflows +[1-9]\d* started, \d+ completed\nResults +none lost\nRPCs +[1-9]\d* passed/,
  );
});

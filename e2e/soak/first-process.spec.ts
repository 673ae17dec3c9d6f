import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@worker-auth/servers';
import { firstProcessProblem } from '@worker-auth/workspace/first-process';
import { runProgram } from '@worker-auth/workspace/readme-example';
import { describe, expect, it } from 'vitest';
import { DemoProcess, expectTrueReport } from '../src/fixtures/demo-process.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { credentialsInEnvironment, startTemporalWithGateway } from '../src/fixtures/temporal-with-gateway.ts';
import { exampleFolder, readKubernetesExample, withoutServers } from '../src/fixtures/kubernetes-example.ts';

/** As it is promised, whatever is broken. */
const endsWithinSeconds = 15;

const problem = firstProcessProblem();
const example = await readKubernetesExample();

/** `describe` for programs that are the first process of a container; only Linux and root can have that. */
const describeFirst: (title: string, tests: () => void) => Promise<void> =
  problem === undefined
    ? (title, tests) => describeWith(['temporal-cli'], title, tests)
    : (title, tests) => Promise.resolve(void describe.skip(`${title} (skipped: ${problem})`, tests));

await describeFirst('npm start as the first process of a container', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends by %s, with all processes, and a true report',
    async (signal) => {
      await using demo = new DemoProcess(['--seconds', '600'], {}, 'container');
      await demo.printed(/The worker runs/);
      // A workflow starts each second.
      await sleep(5_000);
      const { code, seconds } = await demo.endBy(signal);
      expect(seconds, demo.output).toBeLessThan(endsWithinSeconds);
      expectTrueReport(code, demo.output);
    },
    180_000,
  );
});

await describeFirst('the program of the Kubernetes example as the first process of a container', () => {
  it('ends with exit code 0 by SIGTERM', async () => {
    await using temporal = await startTemporalWithGateway();
    const port = await freePort();
    const isReady = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    let signalledMs = Infinity;
    const { exitCode, stderr } = await runProgram(join(exampleFolder, 'worker.ts'), {
      env: {
        ...{ ...withoutServers(example.ConfigMap.data), ...temporal.env },
        ...credentialsInEnvironment(temporal.oauth, 'postgres_extraction'),
        ...{ HEALTH_PORT: String(port), METRICS_PORT: '0', CORE_METRICS_PORT: '0', POD_IP: '127.0.0.1' },
      },
      until: eventually('it is ready', isReady).finally(() => {
        signalledMs = performance.now();
      }),
      ...{ isFirstProcess: true, timeoutMs: 150_000 },
    });
    expect((performance.now() - signalledMs) / 1_000, stderr).toBeLessThan(endsWithinSeconds);
    expect(exitCode, stderr).toBe(0);
  }, 180_000);
});

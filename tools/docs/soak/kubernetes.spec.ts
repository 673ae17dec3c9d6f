import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { runProgram } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { guidesFolder, guideText, shownOutputs } from '../tests/support/guide.ts';

const exampleFolder = join(guidesFolder, '../../examples/kubernetes');
const [ofStart = '', ofRotation = ''] = shownOutputs('kubernetes');

/** The lines of a worker's log that tell of its tokens, without the times and the fields. */
function toldOfTokens(stderr: string): string {
  return [...stderr.matchAll(/^\S+Z (\[[A-Z]+\] Access token obtained[^{\n]+)/gm)]
    .map(([, line = '']) => `${line.trim()}\n`)
    .join('');
}

it('shows what the worker of the example tells of its secrets', { timeout: 180_000 }, async () => {
  await using stack = await fakeStack({ frontend: true, oauth: { lifetimeSeconds: 5 } });
  const { oauth, applicationName } = stack;
  const port = await freePort();
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const rotate = async (): Promise<void> => {
    await expect.poll(isReady, { timeout: 90_000, interval: 100 }).toBe(true);
    const before = oauth.issuedTokens.length;
    stack.rotateClientSecret();
    await expect.poll(() => oauth.issuedTokens.length, { timeout: 30_000 }).toBeGreaterThan(before);
  };
  const until = rotate();
  const env = {
    ...stack.env,
    WORKER_AUTH_APPLICATION: applicationName,
    HEALTH_PORT: `${port}`,
    METRICS_PORT: '0',
    CORE_METRICS_PORT: '0',
    POD_IP: '127.0.0.1',
  };
  const options = { env, until, timeoutMs: 150_000 };
  const [{ exitCode, stderr }] = await Promise.all([
    runProgram(join(exampleFolder, 'worker.ts'), options),
    until,
  ]);
  expect(exitCode).toBe(0);
  const lines = toldOfTokens(stderr);
  expect(lines.slice(0, ofStart.length)).toBe(ofStart);
  expect(lines.slice(-ofRotation.length)).toBe(ofRotation);
});

it('changes the Secret and the key that the manifests have', async () => {
  const text = guideText('kubernetes');
  const [, secret = ''] = /kubectl patch secret (\S+) --patch-file new-secret\.yaml/.exec(text) ?? [];
  const [, key = ''] = /stringData:\n +(\w+): the-new-one\n/.exec(text) ?? [];
  const manifest = await readFile(join(exampleFolder, 'manifests/credentials.yaml'), 'utf8');
  expect(manifest).toContain(`  name: ${secret}\n`);
  expect(manifest).toContain(`\n  ${key}: REPLACE-`);
});

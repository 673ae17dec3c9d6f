import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dayNamed } from '../src/bad-days/bad-day.ts';
import { envoyDays } from '../src/bad-days/envoy-days.ts';
import { type EnvoyGround, envoyServers, startEnvoyGround } from '../src/bad-days/envoy-ground.ts';
import { runDay } from '../src/bad-days/run-day.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { applicationName } from '../src/fixtures/real-stack.ts';

/** The shortest ones; `nx bad-days e2e -- --ground envoy` runs them all. */
const days = [dayNamed(envoyDays, 'envoy-drained'), dayNamed(envoyDays, 'envoy-key-withdrawn')] as const;

await describeWith(envoyServers, 'behind an Envoy that checks tokens', () => {
  let ground: EnvoyGround;
  beforeAll(async () => {
    ground = await startEnvoyGround(...days);
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  it.each(days)('a worker goes on, with every workflow complete: $title', async (day) => {
    const outcomes = await runDay(day, ground);
    expect(outcomes).toHaveLength(1);
    for (const { figures } of outcomes) {
      expect(figures).toMatchObject({ completed: figures.started, twice: 0, state: 'RUNNING' });
    }
  });

  it('load() tells the time of Envoy beside that of the token', async () => {
    await using stranger = await MockOAuthServer.start();
    const env = { ...ground.envOf(days[0]), WORKER_AUTH_TOKEN_URL: stranger.tokenUrl };
    const { clientId, clientSecret } = stranger;
    await using client = new TemporalWorkflowClient({
      ...{ applicationName, clientId, clientSecret, env, logger: new RecordingLogger() },
      newTokenTimeoutMs: 0,
    });
    await expect(client.load()).rejects.toThrow(/ iat 20[^;]+; it is \S+Z here, and \S+Z at the server\./);
  });

  it('load() waits until Envoy can fetch the keys that it checks tokens with', async () => {
    const logger = new RecordingLogger();
    await using client = new TemporalWorkflowClient({ applicationName, logger, env: ground.envOf(days[0]) });
    ground.oauth.failWith('unavailable503', 'jwks');
    // Until Envoy no longer uses the key set that it has.
    await sleep(3_000);
    const loading = client.load();
    await expect
      .poll(() => JSON.stringify(logger.entries), { timeout: 120_000 })
      .toContain('Jwks remote fetch is failed');
    ground.oauth.recover();
    await loading;
  });
});

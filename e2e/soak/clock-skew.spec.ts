import '../src/fixtures/runtime-log.ts';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { startAuthorizingTemporal } from '@worker-auth/servers';
import { clientSecret, temporalAuth, type TemporalAuthPlugin } from '@worker-auth/temporal-auth';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { bundleLongActivity } from '../src/fixtures/temporal-and-client.ts';
import { loaded } from '../src/fixtures/worker-behind-gateways.ts';

const lifetimeSeconds = 300;

/** An authorizing Temporal and an identity provider whose clock is ahead. */
interface SkewedWorld extends AsyncDisposable {
  readonly oauth: MockOAuthServer;
  /** Of the test itself, with a token that is old enough. */
  readonly client: Client;
  readonly warnings: readonly string[];
  open(newTokenTimeoutMs?: number): TemporalAuthPlugin;
}

async function openWorld(aheadMs: number): Promise<SkewedWorld> {
  await using resources = new AsyncDisposableStack();
  const clock = { wallNow: () => Date.now() + aheadMs };
  const oauth = resources.use(await MockOAuthServer.start({ lifetimeSeconds, clock }));
  const temporal = resources.use(await startAuthorizingTemporal({ jwksUrl: oauth.jwksUrl }));
  const iat = Math.floor(Date.now() / 1_000) - 60;
  const apiKey = oauth.mintToken({ lifetimeSeconds: 3_600, claims: { iat } });
  const address = `127.0.0.1:${temporal.port}`;
  const connection = await Connection.connect({ address, apiKey, tls: false });
  resources.defer(() => connection.close());
  const warnings: string[] = [];
  const logger = new DefaultLogger('WARN', ({ message }) => warnings.push(message));
  const { tokenUrl, clientId: id, clientSecret: secret } = oauth;
  const owned = resources.move();
  return {
    ...{ oauth, warnings, client: new Client({ connection }) },
    open: (newTokenTimeoutMs) =>
      owned.use(
        temporalAuth({
          ...{ credentials: clientSecret({ id, secret, tokenUrl }), env: {} },
          ...{ host: '127.0.0.1', port: temporal.port, logger, newTokenTimeoutMs },
        }),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

await describeWith(['temporal-authorizer'], 'an identity provider whose clock is ahead of Temporal', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    workflowBundle = await bundleLongActivity();
  });

  it.concurrent.each([2_000, 10_000])('by %i ms delays six boots, and ends none', async (aheadMs) => {
    await using world = await openWorld(aheadMs);
    for (let boot = 0; boot < 6; boot++) {
      const options = { taskQueue: `boot-${boot}`, workflowBundle, plugins: [world.open()] };
      const load = await loaded(world.client, options, { forMs: 1_000 });
      expect(load).toMatchObject({ completed: load.started, twice: 0 });
    }
    expect(world.warnings.join('\n')).toContain('Temporal rejects the token of the workers');
  });

  it.concurrent.each([2_000, 10_000])('by %i ms ends no boot by connectNative()', async (aheadMs) => {
    await using world = await openWorld(aheadMs);
    for (let boot = 0; boot < 2; boot++) {
      const auth = world.open();
      const connection = await auth.connectNative();
      const options = { taskQueue: `native-${boot}`, workflowBundle, plugins: [auth], connection };
      const load = await loaded(world.client, options, { forMs: 1_000 });
      expect(load).toMatchObject({ completed: load.started, twice: 0 });
      await connection.close();
    }
  });

  // A token is refreshed 30 s before its end at the latest, and Temporal accepts the new one 75 s later: calls between are rejected, whatever is sent.
  it.concurrent(
    'by a quarter of the life of a token leaves a running worker and a client the token that is accepted',
    async () => {
      const aheadMs = 75_000;
      await using world = await openWorld(aheadMs);
      const auth = world.open(aheadMs + 30_000);
      const options = { taskQueue: 'skewed', workflowBundle, plugins: [auth] };
      // At the start tokens are asked for until one is accepted. The last of these lives to its end beside a newer one, which is accepted after that.
      await (await auth.connectNative()).close();
      const forMs = (auth.health().auth.expiresInMs ?? 0) - 5_000;
      const ending = new AbortController();
      const ofUser = new Client({ plugins: [auth] });
      const failures: unknown[] = [];
      const calling = (async () => {
        while (!ending.signal.aborted) {
          const asked = ofUser.workflowService.describeNamespace({ namespace: 'default' });
          await asked.catch((error: unknown) => failures.push(error));
          await sleep(100);
        }
      })();
      const load = await loaded(world.client, options, { forMs });
      ending.abort();
      await calling;
      await ofUser.connection.close();
      expect(failures).toEqual([]);
      expect(load).toMatchObject({ completed: load.started, twice: 0 });
      expect(load.longestStallMs).toBeLessThan(5_000);
      expect(world.oauth.issuedTokens.length).toBeGreaterThan(1);
      expect(world.warnings.join('\n')).toContain('workers keep the one before');
    },
    900_000,
  );
});

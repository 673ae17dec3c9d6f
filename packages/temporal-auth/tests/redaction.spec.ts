import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { everyChangeShown } from '@worker-auth/workspace/every-change-shown';
import { everyWayShown } from '@worker-auth/workspace/every-way-shown';
import { expect, it } from 'vitest';
import { authInterceptor } from '../src/connection/auth-interceptor.ts';
import { AtlanAuthClient } from '../src/facade/atlan-auth-client.ts';
import { healthHandler } from '../src/health/health-handler.ts';
import { superviseWorker } from '../src/worker/supervisor.ts';
import { pluginOf } from './support/plugin-scene.ts';
import { openScene, settled } from './support/scene.ts';

/** Every way in which an object may end up in a log, and the forms that a secret may have in it. */
function leaks(value: unknown, secrets: readonly string[]): string[] {
  const texts = [everyWayShown(value), String(value)];
  if (value instanceof Error) texts.push(value.stack ?? '', value.message);
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]);
  return forms.filter((form) => texts.some((text) => text.includes(form)));
}

const clientSecret = 'canary secret+/~';

it('shows neither in what is thrown and logged when the server rejects the client', async () => {
  await using oauth = await MockOAuthServer.start({ clientSecret: 'another' });
  await using auth = new AtlanAuthClient({
    ...{ applicationName: 'canary', authEnabled: true, authUrl: oauth.tokenUrl },
    ...{ clientId: oauth.clientId, clientSecret, env: {} },
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  const error: unknown = await auth.getAccessToken().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(leaks(error, [clientSecret])).toEqual([]);
});

it('shows neither by anything that this package gives, while it is in use', async () => {
  await using scene = await openScene();
  const workflowClient = scene.createClient();
  await settled(scene, workflowClient.load());
  await using plugin = pluginOf(scene);
  await plugin.ready();
  const { auth } = workflowClient;
  const values = {
    ...{ auth, workflowClient, plugin },
    interceptor: authInterceptor(auth),
    handler: healthHandler(workflowClient),
    health: [workflowClient.health(), plugin.health()],
    log: scene.log.entries,
    supervised: superviseWorker({ create: () => Promise.reject(new Error('none')) }),
  };
  expect(scene.oauth.issuedTokens).toHaveLength(2);
  const secrets = [scene.oauth.clientSecret, ...scene.oauth.issuedTokens];
  for (const [name, value] of Object.entries(values))
    expect([name, leaks(value, secrets)]).toEqual([name, []]);
  expect(leaks({ secrets }, secrets)).toEqual(expect.arrayContaining(secrets));
  const changed = await everyChangeShown(() => ({ ...values }));
  expect(secrets.filter((secret) => changed.includes(secret))).toEqual([]);
});

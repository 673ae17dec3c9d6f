import { metrics, trace } from '@opentelemetry/api';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { observe } from '../../src/opentelemetry.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { measuredWith, metricSdks } from '../support/measured.ts';
import { everyEvent, ObservedSource } from '../support/observed-source.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, passUntil, rejection } from '../support/scene.ts';
import { traceSdks } from '../support/traced.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => 1 };

function telemetry() {
  const { points, meterProvider } = measuredWith(metricSdks['SDK 2']);
  const { spans, tracerProvider } = traceSdks['SDK 2']();
  return { points, spans, providers: { meterProvider, tracerProvider } };
}

it('a client tells of its token, its workers and what Temporal says', async () => {
  await using scene = await openScene();
  const client = scene.createClient();
  const { points, providers } = telemetry();
  observe(client, { ...providers, clock: scene.clock });
  await client.load();
  await client.createWorker({ activities });
  await passUntil(scene, () => client.health().temporal.state === 'good');
  const all = await points();
  const ends = client.auth.getTokenExpiryTime()?.getTime() ?? 0;
  expect(all).toMatchObject({
    'worker_auth.token.refreshes': [{ value: 1 }],
    'worker_auth.token.request.duration': [{ attributes: {}, value: { count: 1 } }],
    'worker_auth.credentials.read.duration': [
      { attributes: { 'worker_auth.credentials.source': 'clientSecret()' } },
    ],
    'worker_auth.token.expiration_timestamp': [{ value: expect.closeTo(ends / 1_000, -0.5) as number }],
    'worker_auth.temporal.probe.duration': [{ attributes: { 'worker_auth.probe.result': 'good' } }],
    'worker_auth.workers': [{ attributes: { 'worker_auth.worker.state': 'initialized' }, value: 1 }],
  });
});

it('an AtlanAuthClient tells of tokens alone', async () => {
  await using scene = await openScene();
  await using auth = new AtlanAuthClient({ ...authOptions(scene.oauth), logger: scene.log });
  const { points, providers } = telemetry();
  observe(auth, providers);
  await auth.getAccessToken();
  const names = Object.keys(await points());
  expect(names).toContain('worker_auth.token.refreshes');
  expect(names.filter((name) => !/^worker_auth\.(?:condition|credentials|token)/.test(name))).toEqual([]);
});

it('what is registered globally is told where nothing else is said, tracing also when it comes later', async () => {
  onTestFinished(() => {
    metrics.disable();
    trace.disable();
  });
  const { points, spans, providers } = telemetry();
  const { meterProvider, tracerProvider } = providers;
  metrics.setGlobalMeterProvider(meterProvider);
  const source = new ObservedSource();
  observe(source);
  trace.setGlobalTracerProvider(tracerProvider);
  source.tellAll(everyEvent);
  expect(await points()).toMatchObject({ 'worker_auth.connection.replacements': [{ value: 1 }] });
  expect(spans()).toHaveLength(2);
});

it('neither tokens nor secrets are in what is told, nor what a server or a source says', async () => {
  await using scene = await openScene();
  const { points, spans, providers } = telemetry();
  const clientSecret = 'canary-secret';
  const rejected = scene.createClient({ clientSecret, bootTimeoutMs: 0 });
  observe(rejected, { ...providers, attributes: { client: 'rejected' } });
  await rejection(rejected.load());
  const get = (): Promise<never> => Promise.reject(new Error(clientSecret, { cause: clientSecret }));
  const credentials = { get, invalidate: () => undefined };
  const env = { WORKER_AUTH_TOKEN_URL: scene.oauth.tokenUrl };
  await using broken = new AtlanAuthClient({ credentials, env, logger: scene.log });
  observe(broken, { ...providers, attributes: { client: 'broken' } });
  await rejection(broken.getAccessToken());
  const good = scene.createClient();
  observe(good, { ...providers, attributes: { client: 'good' } });
  await good.load();
  const reported = JSON.stringify([await points(), spans()]);
  expect(reported).toContain('TOKEN_CLIENT_REJECTED');
  expect(reported).toContain('"error.type":"TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED"');
  for (const secret of [clientSecret, scene.oauth.clientSecret, ...scene.oauth.issuedTokens])
    expect(reported).not.toContain(secret);
  expect(reported).not.toMatch(/invalid_client|ey[A-Z]\w+\./);
});

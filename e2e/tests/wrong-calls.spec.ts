import * as refreshScheduler from '@worker-auth/refresh-scheduler';
import * as certificates from '@worker-auth/refresh-scheduler/certificate';
import * as secretStore from '@worker-auth/secret-store';
import * as daprSdk from '@worker-auth/secret-store/dapr-sdk';
import * as service from '@worker-auth/secret-store/service';
import * as temporalAuth from '@worker-auth/temporal-auth';
import * as temporalAuthClient from '@worker-auth/temporal-auth/client';
import * as opentelemetry from '@worker-auth/temporal-auth/opentelemetry';
import * as testingFakes from '@worker-auth/testing-fakes';
import * as tokenManager from '@worker-auth/token-manager';
import * as aws from '@worker-auth/token-manager/aws-web-identity';
import * as privateKeyJwt from '@worker-auth/token-manager/private-key-jwt';
import * as workloadIdentity from '@worker-auth/token-manager/workload-identity';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Callable, callablesOf, type Shape } from '../src/wrong-calls/shapes.ts';
import { Trial } from '../src/wrong-calls/trial.ts';

const entries: Readonly<Record<string, object>> = {
  '@worker-auth/refresh-scheduler': refreshScheduler,
  '@worker-auth/refresh-scheduler/certificate': certificates,
  '@worker-auth/secret-store': secretStore,
  '@worker-auth/secret-store/dapr-sdk': daprSdk,
  '@worker-auth/secret-store/service': service,
  '@worker-auth/temporal-auth': temporalAuth,
  '@worker-auth/temporal-auth/client': temporalAuthClient,
  '@worker-auth/temporal-auth/opentelemetry': opentelemetry,
  '@worker-auth/testing-fakes': testingFakes,
  '@worker-auth/token-manager': tokenManager,
  '@worker-auth/token-manager/aws-web-identity': aws,
  '@worker-auth/token-manager/private-key-jwt': privateKeyJwt,
  '@worker-auth/token-manager/workload-identity': workloadIdentity,
};

const vault = { name: 'vault', type: 'secretstores.hashicorp.vault', secrets: { x: { x: 'x' } } };

let callables: ReadonlyMap<string, ReadonlyMap<string, Callable>>;
let ends: readonly (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const oauth = await testingFakes.MockOAuthServer.start({ clientId: 'x', clientSecret: 'x' });
  const dapr = await testingFakes.FakeDaprSidecar.start({ components: [vault] });
  const frontend = await testingFakes.FakeTemporalFrontend.start();
  ends = [oauth, dapr, frontend].map((server) => () => server.stop());
  vi.stubEnv('DAPR_HTTP_ENDPOINT', dapr.url);
  vi.stubEnv('TEMPORAL_ADDRESS', frontend.address);
  const { url, tokenUrl } = oauth;
  callables = callablesOf({
    ...{ clock: refreshScheduler.systemClock, signal: new AbortController().signal, initial: {}, port: 0 },
    ...{ url, tokenUrl, issuer: url, jwks: url, upstream: frontend.address, address: frontend.address },
    ...{
      endpoint: dapr.url,
      env: { DAPR_HTTP_ENDPOINT: dapr.url },
      logger: new testingFakes.RecordingLogger(),
    },
    ...{
      lifetimeMs: 60_000,
      startupTimeoutMs: 50,
      timeoutMs: 200,
      bootTimeoutMs: 200,
      newTokenTimeoutMs: 200,
      connectTimeoutMs: 200,
      path: '/dev/null/x',
    },
  });
});

/** Without what its options have inside: those of the servers that it starts are tried there. */
function shallow(callable: Callable): Callable {
  const parameters = callable.parameters?.map((one) => {
    const options = Object.entries(one.options).map(([name, option]) => [name, { ...option, options: {} }]);
    return { ...one, options: Object.fromEntries(options) as Shape['options'] };
  });
  return { ...callable, parameters };
}

afterAll(async () => {
  vi.unstubAllEnvs();
  for (const end of ends) await end();
});

it.each(Object.keys(entries))(
  'no wrong call of %s ends in a raw error, a hang or a rejection',
  async (specifier) => {
    const trial = new Trial();
    const values = entries[specifier] as Readonly<Record<string, unknown>>;
    for (const [name, callable] of callables.get(specifier) ?? [])
      await trial.tryExport(name, values[name], name === 'fakeStack' ? shallow(callable) : callable);
    expect(await trial.end()).toEqual([]);
    expect(trial.count).toBeGreaterThan(10);
  },
);

import { DaprClient, LogLevel } from '@dapr/dapr';
import { FakeClock, type FakeDaprSidecarOptions, type HttpFault } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { daprClientSidecar } from '../src/dapr-sdk.ts';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { SecretFetchError } from '../src/dapr/errors.ts';
import { httpSidecar } from '../src/dapr/http-sidecar.ts';
import type { SecretStoreErrorKind } from '../src/errors.ts';
import type { DaprSidecar } from '@worker-auth/internal';
import { component, rejection, startFake } from './support.ts';

interface BadInput {
  readonly what: string;
  /** What the sidecar does with the read of the secret. */
  readonly fault?: HttpFault;
  readonly options?: FakeDaprSidecarOptions;
  /** The secret's name; default `wanted`. */
  readonly name?: string;
  /** The time that has to pass before the read ends, in milliseconds; default 0. */
  readonly passesMs?: number;
  /** Either the right value … */
  readonly value?: Readonly<Record<string, string>>;
  /** … or the error: its code and kind. */
  readonly error?: readonly [code: string, kind: SecretStoreErrorKind];
  /** The one adapter for which the case holds; default both. */
  readonly only?: 'httpSidecar' | 'daprClientSidecar';
}

const requestTimeoutMs = 10_000;
const startupTimeoutMs = 60_000;
/** The pause between two attempts. */
const stepMs = 250;
const token = 'the-api-token';
const wanted = { field: 'value' };
const html: HttpFault = {
  status: 200,
  body: '<html>Welcome</html>',
  headers: { 'content-type': 'text/html' },
};
const json = (body: unknown, status = 200): HttpFault => ({ status, body: JSON.stringify(body) });
const wholeBody = '{"field":"value"}';
const big = { field: 'x'.repeat(10 * 1024 * 1024) };
const chunked = { 'transfer-encoding': 'chunked' };
const getFailed = (name: string, text: string): HttpFault => {
  const message = `failed getting secret with key ${name} from secret store ${component}: ${text}`;
  return json({ errorCode: 'ERR_SECRET_GET', message }, 500);
};
const invalid = ['SECRET_STORE_INVALID_RESPONSE', 'connectivity'] as const;
const late = {
  passesMs: requestTimeoutMs,
  error: ['SECRET_STORE_SIDECAR_TIMEOUT', 'connectivity'],
} as const;
const unavailable = {
  passesMs: startupTimeoutMs,
  error: ['SECRET_STORE_SIDECAR_UNAVAILABLE', 'connectivity'],
} as const;
const backendFailed = ['SECRET_STORE_BACKEND_FAILED', 'connectivity'] as const;
const byHttp = { only: 'httpSidecar', error: invalid } as const;
const unknownStore = { errorCode: 'ERR_SECRET_STORE_NOT_FOUND', message: 'failed finding' };
const notAllowed = { errorCode: 'ERR_DIRECT_INVOKE', message: 'failed getting app id' };
const odd = 'a/b+c%2F d ü?#&';

const cases: readonly BadInput[] = [
  { what: 'a hanging sidecar', fault: { connection: 'hang' }, ...late },
  { what: 'a body that never ends', fault: { connection: 'silence' }, ...late },
  { what: 'connections that are reset', fault: { connection: 'reset' }, ...unavailable },
  { what: 'a body that breaks off', fault: { connection: 'truncate', body: wholeBody }, ...byHttp },
  {
    what: 'a chunked body that breaks off',
    fault: { connection: 'truncate', body: wholeBody, headers: chunked },
    error: invalid,
  },
  // The SDK's transport never settles when a body ends early.
  {
    what: 'a body that breaks off',
    fault: { connection: 'truncate', body: wholeBody },
    only: 'daprClientSidecar',
    ...late,
  },
  { what: 'truncated JSON', fault: { body: '{"field":"va' }, error: invalid },
  { what: 'HTML with 200', fault: html, error: invalid },
  { what: 'a JSON list', fault: json(['value']), error: invalid },
  { what: 'JSON null', fault: json(null), error: invalid },
  { what: '200 without a body', fault: { body: '' }, ...byHttp },
  { what: 'a redirect', fault: { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, ...byHttp },
  { what: 'a body of 10 MB', fault: json(big), ...byHttp },
  { what: 'a body of 10 MB', fault: json(big), only: 'daprClientSidecar', value: big },
  { what: '204', fault: { status: 204 } },
  { what: 'a secret that is not there', name: 'missing' },
  {
    what: 'a wrong API token',
    options: { apiToken: 'another-token' },
    error: ['SECRET_STORE_API_TOKEN_REJECTED', 'configuration'],
  },
  { what: 'a denial by policy', name: 'denied', error: ['SECRET_STORE_ACCESS_DENIED', 'configuration'] },
  {
    what: 'a failing back end',
    name: 'broken',
    fault: getFailed('broken', 'connection refused'),
    error: backendFailed,
  },
  {
    what: 'a name that reads like "not there", with a failing back end',
    name: 'SecretNotFound',
    fault: getFailed('SecretNotFound', 'timeout'),
    error: backendFailed,
  },
  {
    what: 'an errorCode of a newer Dapr',
    fault: json({ errorCode: 'ERR_NEW', message: 'new' }, 500),
    error: backendFailed,
  },
  {
    what: 'a proxy that has no upstream yet',
    fault: { status: 503, body: 'upstream connect error' },
    ...unavailable,
  },
  {
    what: 'an unknown store',
    fault: json(unknownStore, 401),
    error: ['SECRET_STORE_COMPONENT_NOT_FOUND', 'configuration'],
  },
  {
    what: 'an API that is not allowed',
    fault: json(notAllowed, 404),
    error: ['SECRET_STORE_API_NOT_ALLOWED', 'configuration'],
  },
  { what: 'a key with signs and unicode', name: odd, value: { field: 'odd' } },
  {
    what: 'values that are not strings',
    fault: json({ port: 5432, tls: true, nested: { a: 1 }, none: null }),
    value: { port: '5432', tls: 'true', nested: '{"a":1}' },
  },
  {
    what: 'a field called __proto__',
    fault: { body: '{"__proto__":"value"}' },
    value: JSON.parse('{"__proto__":"value"}') as Record<string, string>,
  },
];

const adapters: Readonly<Record<string, (url: string) => DaprSidecar>> = {
  httpSidecar: (url) => httpSidecar({ env: {}, endpoint: url, apiToken: token }),
  daprClientSidecar: (url) => {
    const { hostname, port } = new URL(url);
    const logger = { level: LogLevel.Error };
    return daprClientSidecar(
      new DaprClient({ daprHost: hostname, daprPort: port, daprApiToken: token, logger }),
    );
  },
};

for (const [adapter, connect] of Object.entries(adapters)) {
  describe(`bad input through ${adapter}`, () => {
    const casesOfAdapter = cases.filter(({ only }) => only === undefined || only === adapter);
    it.each(casesOfAdapter)('$what', async (badInput) => {
      const { fake, url } = await startFake({
        components: [
          {
            name: component,
            type: 'secretstores.local.file',
            metadata: { multiValued: 'true' },
            secrets: { wanted, [odd]: { field: 'odd' } },
            scope: { deniedSecrets: ['denied'] },
          },
        ],
        ...badInput.options,
      });
      if (badInput.fault !== undefined) fake.failWith(badInput.fault, 'secrets');
      const clock = new FakeClock();
      const store = daprStore({ sidecar: connect(url), env: {}, clock, requestTimeoutMs, startupTimeoutMs });

      await store.component().catch(() => undefined);

      const startMs = clock.monotonicNow();
      const read = store.getFrom(component, badInput.name ?? 'wanted');
      const outcome = await ended(read, clock, badInput.passesMs ?? 0);

      if (badInput.error === undefined) {
        expect(outcome).toEqual({ value: badInput.value });
      } else {
        expect(clock.monotonicNow() - startMs).toBe(badInput.passesMs ?? 0);
        const [code, kind] = badInput.error;
        expect(outcome).toMatchObject({ error: { code, kind, retryable: kind === 'connectivity' } });
        expect(String(outcome.error)).not.toContain(token);
      }
      expect(clock.pendingTimers).toBe(0);
    });
  });
}

describe('the error of a failed read', () => {
  it('begins with the words of the troubleshooting guide, and names component and secret', async () => {
    const { fake, url } = await startFake({
      components: [{ name: component, type: 'secretstores.local.file' }],
    });
    fake.breakComponent(component, 'permission denied');
    const error = await rejection(daprStore({ env: { DAPR_HTTP_ENDPOINT: url } }).get('wanted'));
    expect(error).toBeInstanceOf(SecretFetchError);
    expect(error).toMatchObject({ component, secretName: 'wanted', name: 'SecretFetchError' });
    expect(String(error)).toContain(`Failed to fetch secret using component "${component}": secret "wanted"`);
    expect(String(error)).toContain('permission denied (ERR_SECRET_GET)');
  });
});

/** How a read ended, after the clock has gone `passesMs` further, step by step while requests come and go. */
async function ended(
  read: Promise<unknown>,
  clock: FakeClock,
  passesMs: number,
): Promise<{ value?: unknown; error?: unknown }> {
  const startMs = clock.monotonicNow();
  const state = { isSettled: false };
  const settled = read
    .then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    .finally(() => (state.isSettled = true));
  while (passesMs > 0 && !state.isSettled) {
    // A deadline that is not due yet must not be skipped while a response is on its way over the socket.
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (clock.monotonicNow() - startMs < passesMs) await clock.advance(stepMs);
  }
  return settled;
}

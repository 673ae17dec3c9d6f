import {
  startAuthorizingTemporal,
  startEnvoy,
  startTemporalDevServer,
  type TemporalDevServer,
} from '@worker-auth/servers';
import { LoopbackServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Asker, type Ending } from '../src/conformance/ask.ts';
import { methods } from '../src/conformance/methods.ts';
import { keySet, keySetWithout } from '../src/conformance/signing-keys.ts';
import { tokenAudience, tokenIssuer, tokenKinds } from '../src/conformance/token-kinds.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';

/** The gateway beside what it stands for: every kind of token is refused by both in the same words, or by neither. */

const kinds = tokenKinds(Date.now());
const [getSystemInfo = ''] = methods;

/** One of two servers that are asked the same. */
interface Side extends AsyncDisposable {
  readonly address: string;
}

/** What is the same about two answers: a refusal in its words; of any other answer, that it is none. */
function verdict(ending: Ending, isRefused: (ending: Ending) => boolean): Ending | 'let in' {
  return isRefused(ending) ? ending : 'let in';
}

function compare(start: () => Promise<readonly [Side, Side]>, isRefused: (ending: Ending) => boolean): void {
  const started = new AsyncDisposableStack();
  let askers: readonly Asker[];

  beforeAll(async () => {
    const sides = await start();
    for (const side of sides) started.use(side);
    askers = sides.map(({ address }) => started.use(new Asker(address)));
  });

  afterAll(() => started.disposeAsync());

  it.each([...kinds])('the same verdicts about: %s', async (_kind, authorization) => {
    const [real, ours] = await Promise.all(
      askers.map((asker) => Promise.all(methods.map((method) => asker.ask(method, authorization)))),
    );
    expect(ours?.map((ending) => verdict(ending, isRefused))).toEqual(
      real?.map((ending) => verdict(ending, isRefused)),
    );
  });

  it('let a good token in, and none without', async () => {
    for (const [kind, isIn] of [
      ['good', true],
      ['garbage', false],
    ] as const) {
      const endings = await Promise.all(
        askers.map((asker) => asker.ask(getSystemInfo, kinds.get(kind) ?? [])),
      );
      expect(endings.map((ending) => !isRefused(ending))).toEqual([isIn, isIn]);
    }
  });
}

/** Takes a key out of the set while both use it, and waits until both have noticed. */
async function withdrawKey(
  start: (jwks: string) => Promise<readonly [Side, Side]>,
  isRefused: (ending: Ending) => boolean,
): Promise<void> {
  let published: unknown = keySet;
  await using started = new AsyncDisposableStack();
  const keyServer = started.use(await serveKeys(() => published));
  const sides = await start(keyServer.url);
  for (const side of sides) started.use(side);
  const askers = sides.map(({ address }) => started.use(new Asker(address)));
  const refusals = async (kind: string): Promise<readonly boolean[]> => {
    const endings = await Promise.all(askers.map((asker) => asker.ask(getSystemInfo, kinds.get(kind) ?? [])));
    return endings.map(isRefused);
  };
  expect(await refusals('good')).toEqual([false, false]);
  published = keySetWithout('rsa');
  await eventually('a refusal by both', 10_000, async () => (await refusals('good')).every(Boolean));
  expect(await refusals('ES256')).toEqual([false, false]);
}

function serveKeys(current: () => unknown = () => keySet): Promise<LoopbackServer> {
  return LoopbackServer.start((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(current()));
  });
}

describe('the gateway, compared', { timeout: 30_000 }, async () => {
  let frontend: TemporalDevServer;
  let keyServer: LoopbackServer;
  const audience = tokenAudience;

  beforeAll(async () => {
    [frontend, keyServer] = await Promise.all([startTemporalDevServer(), serveKeys()]);
  });

  afterAll(async () => {
    await Promise.all([frontend.stop(), keyServer.stop()]);
  });

  await describeWith(['temporal-cli', 'temporal-authorizer'], 'with Temporal’s authorizer', () => {
    const isRefused = ({ code, message }: Ending): boolean =>
      code === 12 || (code === 7 && message === 'Request unauthorized.');

    compare(async () => {
      const options = { audience, jwks: keyServer.url };
      return await Promise.all([
        startAuthorizingTemporal({ audience, jwksUrl: keyServer.url }),
        TemporalAuthGateway.start({ ...options, upstream: frontend.address }),
      ]);
    }, isRefused);

    it('forget a withdrawn key within the interval', () =>
      withdrawKey(
        async (jwks) =>
          await Promise.all([
            startAuthorizingTemporal({ jwksUrl: jwks, refreshInterval: '1s' }),
            TemporalAuthGateway.start({ upstream: frontend.address, jwks, keyRefreshMs: 1_000 }),
          ]),
        isRefused,
      ));
  });

  await describeWith(['temporal-cli', 'envoy'], 'with Envoy', () => {
    const isRefused = ({ message = '' }: Ending): boolean => /^(?:Jwt|Jwks|Audiences in Jwt) /.test(message);

    compare(async () => {
      const options = { upstream: frontend.address, audience, issuer: tokenIssuer };
      return await Promise.all([
        startEnvoy({ ...options, jwksUrl: keyServer.url }),
        TemporalAuthGateway.start({ ...options, jwks: keyServer.url, speaks: 'envoy' }),
      ]);
    }, isRefused);

    it('forget a withdrawn key within the interval', () =>
      withdrawKey(
        async (jwks) =>
          await Promise.all([
            startEnvoy({ upstream: frontend.address, jwksUrl: jwks, jwksCacheSeconds: 1 }),
            TemporalAuthGateway.start({
              upstream: frontend.address,
              jwks,
              keyRefreshMs: 1_000,
              speaks: 'envoy',
            }),
          ]),
        isRefused,
      ));
  });
});

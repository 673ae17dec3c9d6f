import type { Clock } from '@worker-auth/refresh-scheduler';
import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyAuthOptions } from '@worker-auth/calls/settings/auth-options';
import { tokenFile } from '@worker-auth/calls/settings/token-file';
import { readApplication, readTokens } from '@worker-auth/calls/tokens/application';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { rejection } from '../support/scene.ts';

let oauth: MockOAuthServer;
let clock: FakeClock;
let log: RecordingLogger;
let tokens: ApplicationTokens;

beforeEach(async () => {
  clock = new FakeClock({ wallMs: Date.now() });
  oauth = await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds: 3_600, clock });
  log = new RecordingLogger();
  tokens = createTokens();
});
afterEach(async () => {
  await tokens.stop();
  await oauth.stop();
});

function createTokens(options: AnyAuthOptions = {}): ApplicationTokens {
  const common = { logger: log, clock, random: () => 0 };
  return readApplication({ ...authOptions(oauth), ...common, ...options }).tokens as ApplicationTokens;
}

/** Those of a source, which names the token endpoint too. */
function ofSource(credentials: AnyAuthOptions['credentials']): ApplicationTokens {
  const env = { WORKER_AUTH_TOKEN_URL: oauth.tokenUrl };
  return createTokens({ clientId: undefined, clientSecret: undefined, authUrl: undefined, credentials, env });
}

describe('the log of a wait', () => {
  it('tells of one for a token in place of a rejected one when there is none', async () => {
    const release = oauth.hold();
    const asked = oauth.nextRequest();
    const asking = tokens.getToken({ rejectedToken: 'rejected' });
    await asked;
    await clock.advance(2_000);
    expect(log.text()).toBe('INFO Waiting for the token endpoint, for 2 s so far');
    release();
    await asking;
  });

  it('names the file that the token comes from', async () => {
    const path = import.meta.filename;
    const hasty: Clock = {
      wallNow: () => clock.wallNow(),
      monotonicNow: () => clock.monotonicNow(),
      startTimer: (work, delayMs) => {
        if (delayMs === 2_000) work();
        return clock.startTimer(work, delayMs);
      },
    };
    const tokensOfFile = readTokens({ env: {}, logger: log, clock: hasty, tokens: tokenFile(path) });
    const ofFile = tokensOfFile.tokens as ApplicationTokens;
    await expect(ofFile.getToken()).rejects.toThrow(path);
    expect(log.entries[0]?.message).toBe(`Waiting for ${path}, for 0 s so far`);
    await ofFile.stop();
  });

  it('does not begin for a token that is there', async () => {
    await tokens.getToken();
    const timers = clock.pendingTimers;
    const asking = tokens.getToken();
    expect(clock.pendingTimers).toBe(timers);
    await asking;
  });
});

describe('a credential source', () => {
  const credentials = { clientId: 'worker', clientSecret: 's3cret', source: 'a source of ours' };

  it('is waited for anew when it is read again', async () => {
    let given = Promise.withResolvers<typeof credentials>();
    const source = { get: () => given.promise, invalidate: () => undefined };
    const tokens = ofSource(source);
    given.resolve(credentials);
    await tokens.getToken();
    expect([tokens.credentialsSource, tokens.tlsEnabled]).toEqual(['a source of ours', undefined]);
    tokens.manager.invalidate();
    given = Promise.withResolvers();
    const asking = tokens.getToken();
    await clock.advance(2_000);
    expect(log.entries.at(-1)?.message).toBe('Waiting for the credentials, for 2 s so far');
    given.resolve(credentials);
    await asking;
    await tokens.stop();
  });

  it('that answers late says nothing of TLS any more', async () => {
    const answers: ((given: object) => void)[] = [];
    const get = () => new Promise<never>((resolve) => answers.push(resolve as (given: object) => void));
    const source = { get, invalidate: () => undefined };
    const tokens = ofSource(source);
    const late = rejection(tokens.getToken());
    tokens.manager.invalidate();
    await expect.poll(() => answers.length).toBe(2);
    answers[1]?.({ ...credentials, tlsEnabled: true });
    await expect.poll(() => tokens.tlsEnabled).toBe(true);
    answers[0]?.({ ...credentials, tlsEnabled: false });
    await new Promise(setImmediate);
    expect(tokens.tlsEnabled).toBe(true);
    await tokens.stop();
    await late;
  });

  it('is waited for no longer than its caller waits for the token', async () => {
    const timeouts: (number | undefined)[] = [];
    const source = {
      get: (options?: { readonly timeoutMs?: number | undefined }) => {
        timeouts.push(options?.timeoutMs);
        return Promise.resolve(credentials);
      },
      invalidate: () => undefined,
    };
    const tokens = ofSource(source);
    for (const timeoutMs of [10_000, 0, undefined]) {
      tokens.manager.invalidate();
      await tokens.getToken({ timeoutMs });
    }
    const [bounded, none, usual = 0] = timeouts;
    expect([bounded, none]).toEqual([9_000, 1]);
    expect(usual).toBeGreaterThan(9_000);
    await tokens.stop();
  });

  it.each<string | number>(['s3cret', 123_456])(
    'shows no client secret that it gave before, %j',
    async (clientSecret) => {
      let get = () => Promise.resolve({ ...credentials, clientSecret } as typeof credentials);
      const source = { get: () => get(), invalidate: () => undefined };
      const tokens = ofSource(source);
      await tokens.getToken().catch(() => undefined);
      get = () => Promise.reject(new Error(`login as worker:${clientSecret} failed`));
      tokens.manager.invalidate();
      const { message } = (await rejection(tokens.getToken())) as Error;
      expect(message).toMatch(/^The credential source failed: \[redacted\]\./);
      await tokens.stop();
    },
  );

  it('that throws a TypeError is a failure of the source, without a token', async () => {
    const failures: Error[] = [];
    const get = (): Promise<typeof credentials> =>
      failures[0] === undefined ? Promise.resolve(credentials) : Promise.reject(failures[0]);
    const source = { get, invalidate: () => undefined };
    const tokens = ofSource(source);
    failures.push(new TypeError(`no store for ${await tokens.getToken()}`));
    tokens.manager.invalidate();
    expect(await rejection(tokens.getToken())).toMatchObject({
      ...{ kind: 'connectivity', code: 'TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED', retryable: true },
      message: expect.stringMatching(/^The credential source failed: .*\[redacted\]\./) as string,
    });
    await tokens.stop();
  });
});

import { type TokenManager, type TokenManagerEvents, TokenManagerError } from '@worker-auth/token-manager';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { Conditions } from '../../src/conditions/conditions.ts';
import { reportTokens } from '../../src/conditions/token-report.ts';

const refreshed = { tokenNumber: 2, lifetimeMs: 1, nextRefreshInMs: 1, credentialsSource: 'a file' };
const failed = { attempt: 1, retryInMs: 1_000, retryAfterOutlivesToken: false };
const unavailable = new TokenManagerError('no answer', { code: 'TOKEN_ENDPOINT_UNAVAILABLE' });
const rejected = new TokenManagerError('invalid_client', { code: 'TOKEN_CLIENT_REJECTED' });
const noEndpoint = new TokenManagerError('There is no token endpoint', { code: 'TOKEN_ENDPOINT_UNKNOWN' });
const notFound = new ConfigurationError('OAuth2 credentials not found', {
  code: 'SECRET_STORE_CREDENTIALS_NOT_FOUND',
});

function open(file?: string) {
  const listeners = new Map<string, (event: never) => void>();
  const manager = {
    on: (name: string, listener: (event: never) => void) => {
      listeners.set(name, listener);
      return () => undefined;
    },
    lastError: undefined as unknown,
  };
  const [clock, logger] = [new FakeClock(), new RecordingLogger()];
  const conditions = new Conditions(clock, logger);
  const options = {
    ...{ clock, logger, conditions, applicationName: 'app', file },
    translated: (error: unknown) => error,
  };
  reportTokens(manager as Pick<TokenManager, 'on' | 'lastError'>, options);
  const emit = <K extends keyof TokenManagerEvents>(name: K, event: TokenManagerEvents[K]): void => {
    listeners.get(name)?.(event as never);
  };
  const raised = async (): Promise<readonly string[]> => {
    await clock.advance(2_000);
    return conditions.list.map(({ code, cause }) => `${code}: ${cause}`);
  };
  return { clock, logger, manager, conditions, emit, raised };
}

describe('reportTokens', () => {
  it('logs the first token: its number, its life and its refresh, in whole milliseconds, and the next one after rejected credentials', () => {
    const { logger, emit } = open();
    emit('tokenRefreshed', { ...refreshed, tokenNumber: 1, lifetimeMs: 59_999.6, nextRefreshInMs: 30_000.4 });
    expect(logger.entries).toEqual([
      {
        level: 'INFO',
        message: 'Access token obtained with the credentials from a file',
        meta: { applicationName: 'app', tokenNumber: 1, lifetimeMs: 60_000, nextRefreshInMs: 30_000 },
      },
    ]);
    emit('tokenRefreshed', refreshed);
    expect(logger.entries).toHaveLength(1);
    emit('credentialsRejected', { error: rejected, source: 'a file' });
    emit('tokenRefreshed', refreshed);
    expect(logger.entries).toHaveLength(2);
  });

  it('logs a token that was read from a file', () => {
    const { logger, emit } = open('/token');
    emit('tokenRefreshed', { ...refreshed, tokenNumber: 1 });
    expect(logger.entries[0]?.message).toBe('Access token read from /token');
  });

  it('warns once of scopes that were not granted', () => {
    const { logger, emit } = open();
    for (const tokenNumber of [1, 2])
      emit('tokenRefreshed', { ...refreshed, tokenNumber, missingScopes: ['default:write', 'groups'] });
    const warnings = logger.entries.filter(({ level }) => level === 'WARN');
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/did not grant these scopes: default:write groups\. .+grant them to the client/),
    ]);
  });

  it('does without the name of a source that has none', () => {
    const { logger, emit } = open();
    emit('tokenRefreshed', { ...refreshed, tokenNumber: 1, credentialsSource: undefined });
    expect(logger.entries[0]?.message).toMatch(/from their source$/);
  });

  it.each<[string, unknown, number, readonly string[]]>([
    ['while the token is good', unavailable, 10, ['TOKEN_NOT_REFRESHED: no answer']],
    ['without a token', unavailable, 0, ['NO_TOKEN: no answer']],
    ['of a client that is rejected', rejected, 10, ['CLIENT_REJECTED: invalid_client']],
    ['of one that is rejected, without a token', rejected, 0, ['CLIENT_REJECTED: invalid_client']],
    ['for want of an endpoint', noEndpoint, 0, ['NO_TOKEN: There is no token endpoint']],
    ['for want of credentials', notFound, 0, ['CREDENTIALS_NOT_FOUND: OAuth2 credentials not found']],
  ])('raises for a failure %s one condition, which a token ends', async (_name, error, leftMs, expected) => {
    const { logger, emit, raised } = open();
    emit('refreshFailed', { ...failed, error, tokenRemainingMs: leftMs });
    expect(await raised()).toEqual(expected);
    emit('tokenRefreshed', refreshed);
    expect(await raised()).toEqual([]);
    expect(logger.entries.filter(({ meta }) => meta?.['code'] !== undefined)).toHaveLength(2);
  });

  it('raises that there is no token when the last one expires, with the failure before', async () => {
    const { manager, emit, raised } = open();
    emit('refreshFailed', { ...failed, error: unavailable, tokenRemainingMs: 10 });
    manager.lastError = unavailable;
    emit('tokenExpired', { tokenNumber: 1 });
    expect(await raised()).toEqual(['NO_TOKEN: no answer']);
  });

  it.each([
    [rejected, 'CLIENT_REJECTED'],
    [notFound, 'CREDENTIALS_NOT_FOUND'],
    [unavailable, 'NO_TOKEN'],
  ])(
    'logs once that work has stopped when the last token ends, beside its cause: %s',
    async (error, code) => {
      const { logger, manager, emit, raised } = open();
      emit('refreshFailed', { ...failed, error, tokenRemainingMs: 10 });
      await raised();
      manager.lastError = error;
      emit('tokenExpired', { tokenNumber: 1 });
      emit('refreshFailed', { ...failed, error, tokenRemainingMs: 0 });
      await raised();
      const stopped = logger.matching('There is no valid access token');
      expect(stopped).toMatchObject([{ level: 'ERROR' }]);
      expect((await raised()).map((text) => text.split(':')[0])).toEqual([code]);
    },
  );

  it('raises it also when no refresh has failed yet', async () => {
    const { emit, raised } = open();
    emit('tokenExpired', { tokenNumber: 1 });
    expect(await raised()).toEqual(['NO_TOKEN: The last one has expired']);
  });

  it.each([
    [undefined, []],
    [2, []],
    [3, ['TOKENS_REVOKED: 3 in a row']],
  ])(
    'raises that tokens are revoked when several in a row are rejected early: %s',
    async (count, expected) => {
      const { clock, emit, raised } = open();
      emit('tokenRefreshed', { ...refreshed, rejectedEarly: 1 });
      await clock.advance(4_000);
      emit('tokenRefreshed', { ...refreshed, rejectedEarly: count });
      expect(await raised()).toEqual(expected);
      emit('tokenRefreshed', { ...refreshed, rejectedEarly: 0 });
      expect(await raised()).toEqual([]);
    },
  );

  it('takes no token for revoked when several are rejected at once', async () => {
    const { clock, emit, raised } = open();
    emit('tokenRefreshed', { ...refreshed, rejectedEarly: 1 });
    await clock.advance(3_999);
    emit('tokenRefreshed', { ...refreshed, rejectedEarly: 3 });
    expect(await raised()).toEqual([]);
  });

  it('takes no token for revoked while Temporal rejects each of them', async () => {
    const { clock, conditions, emit, raised } = open();
    conditions.raise('TEMPORAL_REJECTS_TOKEN', { cause: 'no' });
    await clock.advance(15_000);
    emit('tokenRefreshed', { ...refreshed, rejectedEarly: 3 });
    expect(await raised()).toEqual(['TEMPORAL_REJECTS_TOKEN: no']);
  });

  it.each([
    [60_000, []],
    [-60_000, []],
    [60_600, ['CLOCK_DIFFERS: This host is 61 s ahead']],
    [-60_600, ['CLOCK_DIFFERS: This host is 61 s behind']],
  ])('raises that clocks differ by more than a minute: %s ms', async (hostAheadMs, expected) => {
    const { emit, raised } = open();
    emit('tokenRefreshed', { ...refreshed, hostAheadMs });
    expect(await raised()).toEqual(expected);
    emit('tokenRefreshed', { ...refreshed, hostAheadMs: undefined });
    expect(await raised()).toEqual([]);
  });
});

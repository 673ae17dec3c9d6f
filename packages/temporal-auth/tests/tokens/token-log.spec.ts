import type { TokenManager, TokenManagerEvents } from '@worker-auth/token-manager';
import { type LogEntry, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { logTokenEvents } from '../../src/tokens/token-log.ts';

/** The line that an event is told by. */
function lineOf<K extends keyof TokenManagerEvents>(
  kind: K,
  event: TokenManagerEvents[K],
  tokenFile?: string,
): LogEntry | undefined {
  return linesOf(kind, event, tokenFile)[0];
}

function linesOf<K extends keyof TokenManagerEvents>(
  kind: K,
  event: TokenManagerEvents[K],
  tokenFile?: string,
): readonly LogEntry[] {
  const listeners = new Map<string, (event: unknown) => void>();
  const manager = {
    on: (name: string, listener: (event: unknown) => void) => void listeners.set(name, listener),
  } as unknown as TokenManager;
  const logger = new RecordingLogger();
  logTokenEvents(manager, logger, { applicationName: 'app', file: tokenFile }, String);
  listeners.get(kind)?.(event);
  return logger.entries;
}

describe('logTokenEvents', () => {
  it('tells of a new token: its number, its life and its refresh, in whole milliseconds', () => {
    const event = {
      tokenNumber: 2,
      lifetimeMs: 59_999.6,
      nextRefreshInMs: 30_000.4,
      credentialsSource: 'a file',
    };
    expect(lineOf('tokenRefreshed', event)).toEqual({
      level: 'INFO',
      message: 'Access token obtained with the credentials from a file',
      meta: { applicationName: 'app', tokenNumber: 2, lifetimeMs: 60_000, nextRefreshInMs: 30_000 },
    });
  });

  it.each([
    [undefined, []],
    [2, []],
    [3, [{ applicationName: 'app', rejectedEarly: 3 }]],
    [4, []],
    [6, [{ applicationName: 'app', rejectedEarly: 6 }]],
  ])('warns of tokens that are rejected early, one after the other: %s', (rejectedEarly, metas) => {
    const event = {
      tokenNumber: 1,
      lifetimeMs: 1,
      nextRefreshInMs: 1,
      credentialsSource: 'a file',
      rejectedEarly,
    };
    const warnings = linesOf('tokenRefreshed', event).filter(({ level }) => level === 'WARN');
    expect(warnings.map(({ meta }) => meta)).toEqual(metas);
  });

  it.each([
    [60_000, []],
    [-60_000, []],
    [undefined, []],
    [60_001, [{ applicationName: 'app', hostAheadMs: 60_001 }]],
    [-60_001, [{ applicationName: 'app', hostAheadMs: -60_001 }]],
  ])('warns of clocks that differ by more than a minute: %s ms', (hostAheadMs, metas) => {
    const event = {
      tokenNumber: 1,
      lifetimeMs: 1,
      nextRefreshInMs: 1,
      credentialsSource: 'a file',
      hostAheadMs,
    };
    const warnings = linesOf('tokenRefreshed', event).filter(({ level }) => level === 'WARN');
    expect(warnings.map(({ meta }) => meta)).toEqual(metas);
  });

  it('says what may be wrong with tokens that are rejected early, and with clocks that differ', () => {
    const event = { tokenNumber: 1, lifetimeMs: 1, nextRefreshInMs: 1, credentialsSource: 'a file' };
    const lines = linesOf('tokenRefreshed', { ...event, rejectedEarly: 3, hostAheadMs: 60_001 });
    expect(lines.slice(1).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Several access tokens .* the server keeps one token per client/),
      expect.stringContaining("check this host's NTP"),
    ]);
  });

  it('tells of a token that was read from a file', () => {
    const event = { tokenNumber: 1, lifetimeMs: 1, nextRefreshInMs: 1, credentialsSource: 'file /token' };
    expect(lineOf('tokenRefreshed', event, '/token')?.message).toBe('Access token read from /token');
  });

  it('tells of a failed refresh: its reason, the next try and what is left of the token', () => {
    const event = {
      error: 'no answer',
      attempt: 3,
      retryInMs: 999.6,
      tokenRemainingMs: 10.4,
      retryAfterOutlivesToken: false,
    };
    expect(lineOf('refreshFailed', event)).toEqual({
      level: 'WARN',
      message: 'Access token not refreshed: no answer',
      meta: { applicationName: 'app', attempt: 3, retryInMs: 1_000, tokenRemainingMs: 10 },
    });
  });

  it('tells of rejected credentials: where they came from, and why', () => {
    expect(lineOf('credentialsRejected', { error: 'invalid_client', source: 'a file' })).toEqual({
      level: 'WARN',
      message:
        'The OAuth server rejected the client; its credentials are read again from a file: invalid_client',
      meta: { applicationName: 'app' },
    });
  });

  it('tells of a token that is over', () => {
    expect(lineOf('tokenExpired', { tokenNumber: 2 })).toEqual({
      level: 'ERROR',
      message: expect.stringContaining('expired and could not be refreshed') as string,
      meta: { applicationName: 'app', tokenNumber: 2 },
    });
  });

  it('does without the name of a source that has none', () => {
    const event = { tokenNumber: 1, lifetimeMs: 1, nextRefreshInMs: 1, credentialsSource: undefined };
    expect(lineOf('tokenRefreshed', event)?.message).toMatch(/from their source$/);
    const rejected = { error: 'no', source: undefined };
    expect(lineOf('credentialsRejected', rejected)?.message).toContain('from their source: no');
  });
});

import { oauthFaults, type OAuthFaultName } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import {
  type TokenManagerErrorCode,
  TokenManagerErrorCode as codes,
  TokenRequestError,
} from '../src/errors.ts';
import { openScene, rejectionOf } from './support.ts';

const all = <Name extends string, Outcome>(outcome: Outcome, ...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, outcome])) as Record<Name, Outcome>;

/** What comes of each bad response: the life of the token in milliseconds, or the error. */
const outcomes: Record<OAuthFaultName, number | TokenManagerErrorCode> = {
  ...all(codes.clientRejected, 'invalidClient400', 'unauthorized401', 'keycloakWrongSecret', 'errorWith200'),
  forbidden403: codes.denied,
  ...all(codes.rejected, 'invalidScope', 'echoesRequest'),
  throttled429: codes.throttled,
  ...all(codes.unavailable, 'serverError500', 'unavailable503'),
  ...all(codes.invalidResponse, 'truncatedJson', 'html200', 'empty200', 'jsonNull'),
  ...all(codes.invalidResponse, 'jsonArray', 'expiresInGarbage', 'expiresInZero', 'expiresInNegative'),
  ...all(codes.invalidResponse, 'noAccessToken', 'emptyAccessToken', 'numberAccessToken', 'noTokenType'),
  ...all(codes.invalidResponse, 'tokenTypeDpop', 'tokenTypeMac'),
  ...all(codes.invalidResponse, 'crlfInToken', 'nonAsciiToken', 'tenMegabytes'),
  // The JWT's exp is the shorter.
  ...all(3_600_000, 'noExpiresIn', 'expiresInString', 'expiresIn1e12', 'expiresIn1e308'),
  ...all(codes.unreachable, 'droppedMidBody', 'connectionReset'),
  redirect307: codes.redirected,
  ...all(codes.timedOut, 'neverAnswers', 'headersThenSilence', 'oneByteAtATime'),
};

const names = Object.keys(oauthFaults) as OAuthFaultName[];
const errorCases = names.filter((name) => typeof outcomes[name] === 'string');
const tokenCases = names.filter((name) => typeof outcomes[name] === 'number');

describe('a bad response', () => {
  it.each(errorCases)('ends in a typed error and is not cached: %s', async (name) => {
    const { server, clock, tokens } = await openScene();
    server.failWith(name);
    const arrived = server.nextRequest();
    const failing = rejectionOf(tokens.getToken());
    await arrived;
    if (outcomes[name] === codes.timedOut) await clock.advance(10_000);
    const error = await failing;
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject({ code: outcomes[name], retryInMs: expect.any(Number) as unknown });
    expect(tokens.peek()).toBeUndefined();
    server.recover();
    await clock.advance(600_000);
    expect(await tokens.getToken()).toBe(server.issuedTokens[0]);
  });

  it.each(tokenCases)('gives a token of a known life: %s', async (name) => {
    const { server, tokens } = await openScene();
    server.injectFault(name);
    await tokens.getToken();
    expect(tokens.remainingMs).toBe(outcomes[name]);
  });
});

describe('a connection', () => {
  it('is kept alive from one token to the next', async () => {
    const { server, tokens } = await openScene();
    for (let i = 0; i < 5; i++) await tokens.getToken({ forceRefresh: true });
    // The host's fetch may open a second one while it returns the first to its pool.
    expect(server.connectionsSeen).toBeLessThanOrEqual(2);
  });

  it('to nobody is a typed error that names the reason', async () => {
    const { server, tokens } = await openScene();
    await server.stop();
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: codes.unreachable,
      kind: 'connectivity',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  });
});

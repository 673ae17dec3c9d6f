import { oauthFaults, type OAuthFaultName } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type TokenManagerErrorCode,
  TokenManagerErrorCode as codes,
  TokenRequestError,
} from '../../src/errors.ts';
import type { TokenManagerOptions } from '../../src/options.ts';
import { openScene, rejectionOf } from '../support.ts';

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
  const ways: [string, Partial<TokenManagerOptions>][] = [
    ['default', {}],
    // Not by `node:http`, as requests to this host go otherwise.
    ['the fetch of the host', { fetch: (url, init) => fetch(url, init) }],
  ];
  const tokenBody = JSON.stringify({ access_token: 'of-the-new-host', token_type: 'Bearer', expires_in: 60 });
  const listen = async (server: Server, port: number): Promise<Server> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await once(server.listen(port, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return server;
  };
  const keepAnswering503 = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      socket.write('HTTP/1.1 503 Service Unavailable\r\nkeep-alive: timeout=60\r\ncontent-length: 0\r\n\r\n');
    });
  };

  it.each(ways)('is a new one for each request by %s', async (_way, options) => {
    const { server, tokens } = await openScene(options);
    for (let i = 0; i < 3; i++) await tokens.getToken({ forceRefresh: true });
    expect(server.connectionsSeen).toBe(3);
  });

  it.each(ways)('leads to the host that has the name now by %s', async (_way, options) => {
    const old = await listen(createNetServer(keepAnswering503), 0);
    const { port } = old.address() as AddressInfo;
    const { clock, tokens } = await openScene({ tokenUrl: `http://127.0.0.1:${port}/token`, ...options });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ status: 503 });
    // What is open stays open; what is opened from now on leads to the new host.
    old.close();
    await listen(
      createServer((_request, response) => response.end(tokenBody)),
      port,
    );
    await clock.advance(tokens.retryInMs ?? 0);
    expect(await tokens.getToken()).toBe('of-the-new-host');
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

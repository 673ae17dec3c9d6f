import '../src/fixtures/runtime-log.ts';
import type { Worker } from '@temporalio/worker';
import { type AuthorizingTemporal, startAuthorizingTemporal } from '@worker-auth/servers';
import {
  AuthenticationError,
  ConfigurationError,
  TemporalWorkflowClient,
  type TemporalWorkflowClientOptions,
} from '@worker-auth/temporal-auth';
import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { workflowsPath } from '../src/bad-days/workflow-bundle.ts';
import { activities } from '../src/fixtures/under-load.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';

/** Servers that agree about tokens until a test changes that. */
interface Servers {
  readonly oauth: MockOAuthServer;
  readonly temporal: AuthorizingTemporal;
  /** The OAuth server's clock, which dates the tokens, in milliseconds behind Temporal's. */
  readonly oauthClock: { behindMs: number };
}

/** A token that Temporal rejects. */
interface Denial {
  readonly token: string;
  readonly spoil: (servers: Servers) => void;
  /** What Temporal writes about it into its log; `undefined` when that is nothing: it takes the token, which lacks a permission. */
  readonly serverLog: string | undefined;
}

const anHourMs = 3_600_000;

/** Temporal writes why it cannot take a token for what it says, and not what a good token lacks. */
const denials: readonly Denial[] = [
  {
    token: 'a token for another namespace',
    spoil: ({ oauth }) => {
      oauth.permissions = ['elsewhere:write'];
    },
    serverLog: undefined,
  },
  {
    token: 'a token without permissions',
    spoil: ({ oauth }) => {
      oauth.permissions = [];
    },
    serverLog: undefined,
  },
  {
    token: 'an expired token',
    spoil: ({ oauthClock }) => {
      oauthClock.behindMs = 2 * anHourMs;
    },
    serverLog: 'Token is expired',
  },
  {
    token: 'a token signed by a key that the server has not read',
    spoil: ({ oauth }) => {
      oauth.rotateSigningKey({ keepOld: false });
    },
    serverLog: 'RSA key not found for key ID',
  },
];

await describeWith(['temporal-authorizer'], 'the authorizing Temporal', () => {
  let servers: Servers & AsyncDisposable;
  let permissions: readonly string[];
  beforeAll(async () => {
    servers = await startServers();
    permissions = servers.oauth.permissions;
  });
  afterEach(() => {
    servers.oauth.permissions = [...permissions];
    servers.oauthClock.behindMs = 0;
  });
  afterAll(() => servers[Symbol.asyncDispose]());

  const createWorker = (client: TemporalWorkflowClient): Promise<Worker> =>
    client.createWorker({ workflowsPath, activities });
  const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );

  it('takes a token with the permission default:write from load() and createWorker()', async () => {
    await using client = clientOf(servers);
    await client.load();
    const worker = await createWorker(client);
    await worker.runUntil(Promise.resolve());
    expect(servers.temporal.logTail(400)).not.toContain('Authorization error');
  });

  it('lets a client load with a token that may only read, and tells createWorker() of the permission', async () => {
    servers.oauth.permissions = ['default:read'];
    await using client = clientOf(servers);
    await client.load();
    const error = await reasonOf(createWorker(client));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_PERMISSION_MISSING', retryable: false });
    expect(String(error)).toContain('Have the permission "default:write" put into the token');
  });

  it('ends load() at once when TLS is on here alone', async () => {
    await using client = clientOf(servers, { tls: true });
    const error = await reasonOf(client.load());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_TLS_FAILED', retryable: false });
    expect(String(error)).toContain('TLS is on here, and what listens there speaks plaintext');
  });

  // The last one takes the key away for good.
  it.each(denials)('rejects $token in load(), and writes into its log why', async ({ spoil, serverLog }) => {
    spoil(servers);
    await using client = clientOf(servers);
    const error = await reasonOf(client.load());
    expect(error).toBeInstanceOf(AuthenticationError);
    const isMissing = serverLog === undefined;
    expect(error).toMatchObject({
      code: isMissing ? 'TEMPORAL_AUTH_PERMISSION_MISSING' : 'TEMPORAL_AUTH_CALL_REJECTED',
      // With another token it may pass.
      retryable: serverLog === 'Token is expired',
    });
    expect(String(error)).toMatch(
      / the call for namespace "default": Request unauthorized\. .*"default:write"/,
    );
    expect(/ It says: iat .+, exp .+, iss .+; it is .+ here\. /.test(String(error))).toBe(!isMissing);
    // The answer may be here before the line that the server wrote about it.
    await eventually('the reason in the server log', () =>
      servers.temporal.logTail(400).includes(serverLog ?? ''),
    );
  });
});

/** Temporal reads the keys once, at its start: a key of later is one that it does not know. */
async function startServers(): Promise<Servers & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const oauthClock = { behindMs: 0 };
  const oauth = started.use(
    await MockOAuthServer.start({ clock: { wallNow: () => Date.now() - oauthClock.behindMs } }),
  );
  const temporal = started.use(
    await startAuthorizingTemporal({ jwksUrl: oauth.jwksUrl, refreshInterval: '1h' }),
  );
  const owned = started.move();
  return { oauth, temporal, oauthClock, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function clientOf(
  { oauth, temporal }: Servers,
  options: Partial<TemporalWorkflowClientOptions> = {},
): TemporalWorkflowClient {
  return new TemporalWorkflowClient({
    ...{ applicationName: 'e2e-worker', host: '127.0.0.1', port: temporal.port, authEnabled: true },
    ...{ authUrl: oauth.tokenUrl, clientId: oauth.clientId, clientSecret: oauth.clientSecret },
    ...{ env: {}, logger: new RecordingLogger(), newTokenTimeoutMs: 0 },
    ...options,
  } as TemporalWorkflowClientOptions);
}

import { FakeTemporalFrontend, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { authOptions } from '../support/auth-options.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { rejection } from '../support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => 1 };
const anHourMs = 3_600_000;

/** A Temporal that verifies tokens and their permissions, and a client of it. */
interface Authorized extends AsyncDisposable {
  readonly oauth: MockOAuthServer;
  readonly temporal: FakeTemporalFrontend;
  readonly client: TemporalWorkflowClient;
  /** The OAuth server's clock, which dates the tokens, in milliseconds behind Temporal's. */
  readonly oauthClock: { behindMs: number };
}

async function openAuthorized(permissions = ['default:write']): Promise<Authorized> {
  await using started = new AsyncDisposableStack();
  const oauthClock = { behindMs: 0 };
  const clock = { wallNow: () => Date.now() - oauthClock.behindMs };
  const oauth = started.use(await MockOAuthServer.start({ signingAlg: 'ES256', permissions, clock }));
  const temporal = started.use(await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl }));
  const client = started.use(
    new TemporalWorkflowClient({
      ...authOptions(oauth),
      ...{ host: '127.0.0.1', port: temporal.port, logger: new RecordingLogger() },
      newTokenTimeoutMs: 0,
    }),
  );
  const owned = started.move();
  return { oauth, temporal, client, oauthClock, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const missing = {
  ...{ kind: 'authentication', code: 'TEMPORAL_AUTH_PERMISSION_MISSING', retryable: false },
  message: expect.stringMatching(
    /^Temporal at 127\.0\.0\.1:\d+ accepts the token, and rejects the call for namespace "default": Request unauthorized\. Have the permission "default:write" put into the token/,
  ) as string,
};

const rejected = {
  ...{ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REJECTED', retryable: false },
  message: expect.stringMatching(
    /Check that the token is signed .* not expired by the server's clock/,
  ) as string,
};

describe.each([
  ['without permissions', []],
  ['for another namespace', ['elsewhere:write']],
])('a token %s', (_which, permissions) => {
  it('is rejected by load(), which names the permission', async () => {
    await using scene = await openAuthorized(permissions);
    expect(await rejection(scene.client.load())).toMatchObject(missing);
  });

  it('is rejected by createWorker(), which names the permission', async () => {
    await using scene = await openAuthorized();
    await scene.client.load();
    scene.oauth.permissions = permissions;
    await scene.client.auth.refreshToken();
    expect(await rejection(scene.client.createWorker({ activities }))).toMatchObject(missing);
  });
});

describe('a token that may only read', () => {
  it('is enough for load(), since there are clients that only read', async () => {
    await using scene = await openAuthorized(['default:read']);
    await scene.client.load();
    const { connection } = scene.client.client;
    await connection.workflowService.describeNamespace({ namespace: 'default' });
  });

  it('is rejected by createWorker(), before there is a worker that fails at its first poll', async () => {
    await using scene = await openAuthorized(['default:read']);
    await scene.client.load();
    expect(await rejection(scene.client.createWorker({ activities }))).toMatchObject(missing);
    expect(scene.temporal.calls.filter(({ method }) => method.includes('Poll'))).toEqual([]);
    // That of the client is left.
    await scene.temporal.until(() => scene.temporal.openConnections === 1);
  });
});

describe('an expired token', () => {
  it('is rejected by load(), which says what to look at', async () => {
    await using scene = await openAuthorized();
    scene.oauthClock.behindMs = 2 * anHourMs;
    expect(await rejection(scene.client.load())).toMatchObject({ ...rejected, retryable: true });
  });

  it('is rejected by createWorker(), which says what to look at', async () => {
    await using scene = await openAuthorized();
    await scene.client.load();
    scene.oauthClock.behindMs = 2 * anHourMs;
    await scene.client.auth.refreshToken();
    expect(await rejection(scene.client.createWorker({ activities }))).toMatchObject({
      ...rejected,
      retryable: true,
    });
  });
});

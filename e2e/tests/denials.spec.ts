import { type AuthorizingTemporal, startAuthorizingTemporal } from '@worker-auth/servers';
import { AuthenticationError, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { activities } from '../src/workload/activities.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** Servers that agree about tokens until a test changes that. */
interface Servers {
  readonly oauth: MockOAuthServer;
  readonly temporal: AuthorizingTemporal;
  /** The OAuth server's clock, which dates the tokens, in milliseconds behind Temporal's. */
  readonly oauthClock: { behindMs: number };
}

/** A token that Temporal refuses. */
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
  it('takes a token with the permission default:write from load() and createWorker()', async () => {
    await using servers = await startServers();
    await using client = clientOf(servers);
    await client.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    await worker.runUntil(Promise.resolve());
    expect(servers.temporal.logTail(400)).not.toContain('Authorization error');
  });

  for (const { token, spoil, serverLog } of denials) {
    it(`refuses ${token} in load()`, async () => {
      await using servers = await startServers();
      spoil(servers);
      await using client = clientOf(servers);
      const error = await client.load().catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ code: codeOf(serverLog), retryable: false });
      expect(String(error)).toBe(refusalOf(servers, serverLog));
    });

    if (serverLog !== undefined) {
      it(`writes into its log why it refuses ${token}`, async () => {
        await using servers = await startServers();
        spoil(servers);
        await using client = clientOf(servers);
        await expect(client.load()).rejects.toThrow(AuthenticationError);
        // The answer may be here before the line that the server wrote about it.
        await eventually('the reason in the server log', 10_000, () =>
          servers.temporal.logTail(400).includes(serverLog),
        );
      });
    }

    it(`refuses ${token} in createWorker()`, async () => {
      await using servers = await startServers();
      await using client = clientOf(servers);
      await client.load();
      spoil(servers);
      await client.auth.refreshToken();
      const error = await client
        .createWorker({ workflowsPath, activities })
        .catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ code: codeOf(serverLog), retryable: false });
      expect(String(error)).toBe(refusalOf(servers, serverLog));
    });
  }
});

function codeOf(serverLog: string | undefined): string {
  return serverLog === undefined ? 'TEMPORAL_AUTH_PERMISSION_MISSING' : 'TEMPORAL_AUTH_CALL_REFUSED';
}

function refusalOf({ temporal }: Servers, serverLog: string | undefined): string {
  const place = `AuthenticationError: Temporal at ${temporal.address}`;
  return serverLog === undefined
    ? `${place} takes the token, and refuses the call for namespace "default": Request unauthorized. Have the permission ` +
        '"default:write" put into the token (role write, for a worker and for starting workflows), or set ATLAN_WORKFLOW_NAMESPACE.'
    : `${place} refused the call for namespace "default": Request unauthorized. ` +
        "The token was refused: check that it is signed by a key that the server trusts, is not expired by the server's clock, and " +
        'holds the permission "default:write" (role write, for a worker). The reason is in the server\'s log.';
}

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

function clientOf({ oauth, temporal }: Servers): TemporalWorkflowClient {
  return new TemporalWorkflowClient({
    applicationName: 'e2e-worker',
    host: '127.0.0.1',
    port: temporal.port,
    authEnabled: true,
    authUrl: oauth.tokenUrl,
    clientId: oauth.clientId,
    clientSecret: oauth.clientSecret,
    env: {},
    logger: new RecordingLogger(),
  });
}

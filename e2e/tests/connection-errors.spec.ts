import { startAuthorizingTemporal } from '@worker-auth/servers';
import {
  AuthenticationError,
  ConfigurationError,
  TemporalWorkflowClient,
  type TemporalWorkflowClientOptions,
} from '@worker-auth/temporal-auth';
import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { activities } from '../src/workload/activities.ts';
import { workflowsPath } from '../src/workload/workflows-path.ts';

/** A client of an authorizing Temporal, with tokens of these permissions. */
interface Scene extends AsyncDisposable {
  readonly client: TemporalWorkflowClient;
}

async function openScene(
  permissions: readonly string[],
  options: Partial<TemporalWorkflowClientOptions> = {},
): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const oauth = started.use(await MockOAuthServer.start({ permissions: [...permissions] }));
  const { port } = started.use(await startAuthorizingTemporal({ jwksUrl: oauth.jwksUrl }));
  const client = started.use(
    new TemporalWorkflowClient({
      ...{ applicationName: 'e2e-worker', host: '127.0.0.1', port, env: {}, logger: new RecordingLogger() },
      ...{ authEnabled: true, authUrl: oauth.tokenUrl },
      ...{ clientId: oauth.clientId, clientSecret: oauth.clientSecret },
      ...options,
    }),
  );
  const owned = started.move();
  return { client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

await describeWith(['temporal-authorizer'], 'the authorizing Temporal', () => {
  it('lets a client load with a token that may only read, and tells createWorker() of the permission', async () => {
    await using scene = await openScene(['default:read']);
    await scene.client.load();
    const error: unknown = await scene.client
      .createWorker({ workflowsPath, activities })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_PERMISSION_MISSING', retryable: false });
    expect(String(error)).toContain('Have the permission "default:write" put into the token');
  });

  it('ends load() at once when TLS is on here alone', async () => {
    await using scene = await openScene(['default:write'], { tls: true });
    const error: unknown = await scene.client.load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_TLS_FAILED', retryable: false });
    expect(String(error)).toContain('TLS is on here, and what listens there speaks plaintext');
  });
});

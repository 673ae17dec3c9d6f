import '../src/fixtures/runtime-log.ts';
import { startAuthorizingTemporal } from '@worker-auth/servers';
import { clientSecret, TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { ConnectProxy, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { workflowsPath } from '../src/bad-days/workflow-bundle.ts';
import { activities } from '../src/fixtures/under-load.ts';

// Names that no resolver has: what arrives there went through the proxy.
const [issuer, temporalHost] = ['issuer.invalid', 'temporal.invalid'] as const;
const login = 'proxy-user:p@ss:word';

await describeWith(['temporal-authorizer'], 'the authorizing Temporal behind a proxy', () => {
  it('runs a workflow whose worker and client go there, and to the token endpoint, by HTTPS_PROXY alone', async () => {
    await using oauth = await MockOAuthServer.start({
      lifetimeSeconds: 3_600,
      permissions: ['default:write'],
    });
    await using temporal = await startAuthorizingTemporal({ jwksUrl: oauth.jwksUrl });
    const tokenUrl = new URL(oauth.tokenUrl);
    const routes = {
      [`${issuer}:${tokenUrl.port}`]: Number(tokenUrl.port),
      [`${temporalHost}:${temporal.port}`]: temporal.port,
    };
    await using proxy = await ConnectProxy.start({ routes, login });
    tokenUrl.hostname = issuer;
    const log = new RecordingLogger();
    const connect = (env: Record<string, string>): TemporalWorkflowClient =>
      new TemporalWorkflowClient({
        ...{ applicationName: 'e2e-worker', env, logger: log, bootTimeoutMs: 0 },
        ...{ host: temporalHost, port: temporal.port },
        credentials: clientSecret({
          ...{ id: oauth.clientId, secret: oauth.clientSecret, tokenUrl, allowInsecureHttp: true },
        }),
      });
    const env = { HTTPS_PROXY: proxy.url.replace('//', `//${login.replace('@', '%40')}@`) };
    await using client = connect(env);
    await client.load();
    const worker = await client.createWorker({ workflowsPath, activities });
    const { handle } = await client.startWorkflow('item', { args: ['short', 0] });
    await worker.runUntil(handle.result());
    expect(new Set(proxy.asked)).toEqual(new Set(Object.keys(routes)));
    expect(proxy.tunnels).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(log.entries)).not.toContain('p@ss');

    // Without the proxy there is no way to any of them.
    const { tunnels } = proxy;
    await using direct = connect({ ...env, NO_PROXY: `${issuer},${temporalHost}` });
    await expect(direct.load()).rejects.toMatchObject({ kind: 'connectivity' });
    expect(proxy.tunnels).toBe(tunnels);
  }, 60_000);
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../src/fake-clock.ts';
import { fakeStack, type FakeStack, type FakeStackOptions } from '../src/stack/fake-stack.ts';

async function start(options?: FakeStackOptions): Promise<FakeStack> {
  const stack = await fakeStack(options);
  onTestFinished(() => stack.stop());
  return stack;
}

/** Reads the credentials as an application does, and asks for a token with them. */
async function tokenBy(env: Readonly<Record<string, string>>, key: string): Promise<Response> {
  const {
    WORKER_AUTH_SECRET_COMPONENT: component = 'deployment-secret-store',
    WORKER_AUTH_SECRET_NAME: secret = 'atlan-deployment-secrets',
  } = env;
  const response = await fetch(`${env['DAPR_HTTP_ENDPOINT']}/v1.0/secrets/${component}/${secret}`, {
    headers: { 'dapr-api-token': env['DAPR_API_TOKEN'] ?? '' },
  });
  const fields = (await response.json()) as Record<string, string>;
  const form = {
    grant_type: 'client_credentials',
    client_id: fields[`${key}_client_id`] ?? '',
    client_secret: fields[`${key}_client_secret`] ?? '',
  };
  return fetch(env['WORKER_AUTH_TOKEN_URL'] ?? '', { method: 'POST', body: new URLSearchParams(form) });
}

async function listens(server: { readonly port: number } | undefined): Promise<boolean> {
  const socket = connect(server?.port ?? 0, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  return once(socket, 'connect').then(
    () => true,
    () => false,
  );
}

describe('fakeStack', () => {
  it('gives an environment that leads to a token', async () => {
    const { env, oauth, dapr } = await start();
    expect((await tokenBy(env, 'postgres_extraction')).status).toBe(200);
    expect(oauth.issuedTokens).toHaveLength(1);
    expect(env).toStrictEqual({
      WORKER_AUTH_ENABLED: 'true',
      WORKER_AUTH_TOKEN_URL: oauth.tokenUrl,
      DAPR_HTTP_ENDPOINT: dapr.url,
    });
  });

  it('takes the name of the application, and the settings of each server', async () => {
    const { env, oauth, dapr } = await start({
      applicationName: 'My-App',
      oauth: { lifetimeSeconds: 60 },
      dapr: { apiToken: 'the-token' },
    });
    const token = (await (await tokenBy(env, 'my_app')).json()) as { expires_in: number };
    expect(token.expires_in).toBe(60);
    expect([env['DAPR_API_TOKEN'], dapr.requests[0]?.status]).toEqual(['the-token', 200]);
    expect(oauth.tokenRequests).toHaveLength(1);
  });

  it('takes the names of the component and of the secret, also of a secret that is rotated', async () => {
    const stack = await start({ componentName: 'vault', secretName: 'credentials' });
    expect(stack.env).toMatchObject({
      WORKER_AUTH_SECRET_COMPONENT: 'vault',
      WORKER_AUTH_SECRET_NAME: 'credentials',
    });
    const { clientSecret } = stack.oauth;
    stack.rotateClientSecret();
    expect(stack.oauth.clientSecret).not.toBe(clientSecret);
    expect((await tokenBy(stack.env, 'postgres_extraction')).status).toBe(200);
  });

  it('has a gateway before what is behind it, and tells its address', async () => {
    const { env, gateway } = await start({ upstream: '127.0.0.1:1', gateway: { audience: 'temporal' } });
    expect(env['TEMPORAL_ADDRESS']).toBe(gateway?.address);
  });

  it('rejects two Temporals', async () => {
    await expect(fakeStack({ frontend: {}, upstream: '127.0.0.1:1' })).rejects.toThrow('exclude each other');
  });

  it('gives its clock to all servers', async () => {
    const clock = new FakeClock();
    const { env, oauth, dapr } = await start({ clock });
    oauth.failWith({ delayMs: 60_000 });
    dapr.failWith({ delayMs: 60_000 });
    let status = 0;
    void tokenBy(env, 'postgres_extraction').then((response) => {
      status = response.status;
    });
    await clock.advance(119_999);
    expect(status).toBe(0);
    await clock.advance(1);
    expect(status).toBe(200);
  });

  it('leaves no server when one of them cannot start', async () => {
    const { dapr } = await start();
    await expect(fakeStack({ dapr: { port: dapr.port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends all servers, also at the end of a scope', async () => {
    const servers: ({ readonly port: number } | undefined)[] = [];
    {
      await using stack = await fakeStack({ upstream: '127.0.0.1:1' });
      await using other = await fakeStack({ frontend: { namespaces: ['a'] } });
      servers.push(stack.dapr, stack.oauth, stack.gateway, other.frontend);
      expect(await Promise.all(servers.map(listens))).toEqual([true, true, true, true]);
    }
    expect(await Promise.all(servers.map(listens))).toEqual([false, false, false, false]);
  });
});

import { MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { agentMetrics } from '../../src/agent/agent-metrics.ts';
import { listen, tokenServer, type TokenServerOptions } from '../../src/agent/token-server.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { authOptions } from '../support/auth-options.ts';

it('listens at a socket that this user alone can open, and not in place of an agent that runs', async () => {
  await using oauth = await MockOAuthServer.start();
  await using auth = new AtlanAuthClient({ ...authOptions(oauth), logger: new RecordingLogger() });
  const folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, 'agent.sock');
  const made = (): Server => {
    const sink = { error: undefined } as TokenServerOptions['sink'];
    const server = tokenServer({
      auth,
      sink,
      metrics: agentMetrics(auth),
      bearer: undefined,
      host: undefined,
    });
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return server;
  };
  expect(await listen(made(), { socket }, undefined)).toBe(`unix:${socket}`);
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  const token = await new Promise<string>((resolve, reject) => {
    request({ socketPath: socket, path: '/token' }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  expect(JSON.parse(token)).toMatchObject({ access_token: oauth.issuedTokens[0] });
  await expect(listen(made(), { socket }, undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

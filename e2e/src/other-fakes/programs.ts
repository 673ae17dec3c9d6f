/** Gets a token as a client does, from `tokenUrl`. */
const fetchToken = `
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const { access_token } = await (await fetch(tokenUrl, { method: 'POST', body })).json();
  if (!access_token) throw new Error('There is no token');`;

const intercepted = `
  const [tokenUrl, clientId, clientSecret] = ['https://oauth.example.com/token', 'worker', 'secret'];
  const token = { access_token: 'token', token_type: 'Bearer', expires_in: 300 };`;

/** From the import of a tool to the first token, by the tool. */
export const firstToken = {
  'testing-fakes': `
  const { MockOAuthServer } = await import('@worker-auth/testing-fakes');
  const { tokenUrl, clientId, clientSecret } = await MockOAuthServer.start();${fetchToken}`,
  msw: `
  const { http, HttpResponse } = await import('msw');
  const { setupServer } = await import('msw/node');${intercepted}
  setupServer(http.post(tokenUrl, () => HttpResponse.json(token))).listen();${fetchToken}`,
  nock: `
  const { default: nock } = await import('nock');${intercepted}
  nock('https://oauth.example.com').post('/token').reply(200, token);${fetchToken}`,
  'oauth2-mock-server': `
  const { OAuth2Server } = await import('oauth2-mock-server');
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  await server.start(0, '127.0.0.1');
  const [tokenUrl, clientId, clientSecret] = [server.issuer.url + '/token', 'worker', 'secret'];${fetchToken}`,
} as const;

/**
 * From the import of a tool to a Temporal that listens, by the tool.
 *
 * @param temporalCli the path of Temporal's dev server, which `TestWorkflowEnvironment` runs
 */
export function temporalStarts(temporalCli: string): Readonly<Record<string, string>> {
  const executable = JSON.stringify({ type: 'existing-path', path: temporalCli });
  return {
    FakeTemporalFrontend: `
  const { FakeTemporalFrontend } = await import('@worker-auth/testing-fakes');
  await FakeTemporalFrontend.start();`,
    TestWorkflowEnvironment: `
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable: ${executable}, log: { format: 'pretty', level: 'never' } } });
  globalThis.leave = () => environment.teardown();`,
  };
}

/** Ends what a program has started that would outlive it. */
export const leave = 'await globalThis.leave?.();';

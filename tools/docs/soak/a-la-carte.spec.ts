import { once } from 'node:events';
import { connect } from 'node:tls';
import { freePort } from '@worker-auth/servers';
import {
  FakeDaprSidecar,
  LoopbackServer,
  MockOAuthServer,
  testClientCertificate,
} from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { runGuide, shownOutputs } from '../tests/support/guide.ts';

const name = 'a-la-carte';
const [ofCertificate, ofTokens, ofSecrets] = shownOutputs(name);

/** Whom the certificate is for that is served; `undefined` while nobody serves. */
async function servedName(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    const { CN } = socket.getPeerCertificate().subject;
    return String(CN);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

it('serves with the next certificate, though the authority failed once', async () => {
  let asked = 0;
  await using authority = await LoopbackServer.start((_request, response) => {
    asked++;
    const { cert, key } = testClientCertificate({ subjectDn: `CN=${asked}` });
    response.statusCode = asked === 2 ? 503 : 200;
    // The third lives until the test is over.
    response.end(JSON.stringify({ cert, key, seconds: asked === 1 ? 3 : 3_600 }));
  });
  const port = await freePort();
  const until = expect.poll(() => servedName(port), { timeout: 90_000, interval: 50 }).toBe('3');
  const env = { AUTHORITY_URL: authority.url, PORT: String(port) };
  const result = await runGuide(name, { index: 'askAuthority', env, until });
  await until;
  expect(result).toEqual({ exitCode: 0, stdout: ofCertificate, stderr: '' });
});

it('gets each page of the API, with another token when one is rejected', async () => {
  await using oauth = await MockOAuthServer.start();
  const taken: (string | undefined)[] = [];
  await using api = await LoopbackServer.start((request, response) => {
    const [first, second] = oauth.issuedTokens;
    const isGood = request.headers.authorization === `Bearer ${taken.length === 0 ? first : second}`;
    if (isGood) taken.push(request.url);
    response.statusCode = isGood ? 200 : 401;
    response.end(isGood ? '12 orders' : 'no');
  });
  const env = {
    TOKEN_URL: oauth.tokenUrl,
    CLIENT_ID: oauth.clientId,
    CLIENT_SECRET: oauth.clientSecret,
    API_URL: api.url,
  };
  const result = await runGuide(name, { index: 'new TokenManager(', env });
  expect(result).toEqual({ exitCode: 0, stdout: ofTokens, stderr: '' });
  expect(taken).toEqual(['/orders?page=1', '/orders?page=2', '/orders?page=3']);
});

it('reports with the password that took the place of the rejected one', async () => {
  const secrets = (password: string) => ({ reporting: { user: 'worker', password } });
  await using dapr = await FakeDaprSidecar.start({
    components: [{ name: 'vault', type: 'secretstores.hashicorp.vault', secrets: secrets('old') }],
  });
  let password = 'old';
  const passwords: string[] = [];
  await using reports = await LoopbackServer.start((request, response) => {
    const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
    const [, used = ''] = Buffer.from(encoded, 'base64').toString().split(':');
    passwords.push(used);
    response.statusCode = used === password ? 204 : 401;
    response.end();
    password = 'new';
    dapr.setSecrets('vault', secrets('new'));
  });
  const env = { DAPR_HTTP_ENDPOINT: dapr.url, REPORTS_URL: reports.url };
  const result = await runGuide(name, { index: 'daprStore()', env });
  expect(result).toEqual({ exitCode: 0, stdout: ofSecrets, stderr: '' });
  expect(passwords).toEqual(['old', 'old', 'new']);
});

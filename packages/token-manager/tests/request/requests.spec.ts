import type { RecordedRequest } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { TokenManagerOptions } from '../../src/options.ts';
import { openScene, rejectionOf } from '../support.ts';

const oddId = 'orders-worker_1.2*~:ü';
const oddSecret = 'a b+c%d&e=f/g:h';

async function recordedRequest(options: Partial<TokenManagerOptions>): Promise<RecordedRequest> {
  const { server, tokens } = await openScene(options, { acceptAssertion: () => true });
  await tokens.getToken();
  const [request] = server.tokenRequests;
  if (request === undefined) throw new Error('No request left');
  return request;
}

function basicOf(request: RecordedRequest): string {
  return Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString('utf8');
}

describe('client authentication', () => {
  it('puts id and secret into the form by default', async () => {
    const request = await recordedRequest({});
    expect(request.form).toEqual([
      ['grant_type', 'client_credentials'],
      ['client_id', 'worker'],
      ['client_secret', 's3cret'],
    ]);
    expect(request.headers.authorization).toBeUndefined();
  });

  it('puts them form-encoded into a Basic header, and nothing of them into the form', async () => {
    const { server, tokens } = await openScene(
      { clientAuth: 'client_secret_basic', credentials: { clientId: oddId, clientSecret: oddSecret } },
      { clientId: oddId, clientSecret: oddSecret },
    );
    await tokens.getToken();
    const [request] = server.tokenRequests;
    expect(request && basicOf(request)).toBe('orders-worker_1.2*%7E%3A%C3%BC:a+b%2Bc%25d%26e%3Df%2Fg%3Ah');
    expect(request?.form).toEqual([['grant_type', 'client_credentials']]);
  });

  it('leaves them as they are when the server does not decode', async () => {
    const { server, tokens } = await openScene({
      clientAuth: 'client_secret_basic',
      basicEncoding: 'raw',
      credentials: { clientId: 'worker', clientSecret: oddSecret },
    });
    await rejectionOf(tokens.getToken());
    const [request] = server.tokenRequests;
    expect(request && basicOf(request)).toBe(`worker:${oddSecret}`);
  });

  it('sends the id alone with a client certificate', async () => {
    const { server, tokens } = await openScene({
      clientAuth: 'tls_client_auth',
      credentials: { clientId: 'c' },
    });
    await rejectionOf(tokens.getToken());
    expect(server.tokenRequests[0]?.form).toEqual([
      ['grant_type', 'client_credentials'],
      ['client_id', 'c'],
    ]);
  });

  it('asks for a client assertion for each request, and says what it is for', async () => {
    const asked: unknown[] = [];
    const { server, tokens } = await openScene(
      {
        credentials: { clientId: 'worker' },
        clientAssertion: ({ clientId, tokenUrl, issuer, audience }) => {
          asked.push([clientId, tokenUrl, issuer, audience]);
          return `assertion.${asked.length}.x\n`;
        },
      },
      { acceptAssertion: (assertion) => /^assertion\.\d\.x$/.test(assertion) },
    );
    await tokens.getToken();
    await tokens.getToken({ forceRefresh: true });
    expect(asked).toEqual(Array.from({ length: 2 }, () => ['worker', server.tokenUrl, undefined, undefined]));
    const sent = server.tokenRequests.map(({ form }) => new Map(form).get('client_assertion'));
    expect(sent).toEqual(['assertion.1.x', 'assertion.2.x']);
    expect(new Map(server.tokenRequests[0]?.form).has('client_secret')).toBe(false);
  });
});

it('the form carries scope, audience, every resource and the extra parameters', async () => {
  const { form } = await recordedRequest({
    scope: ['a', 'b'],
    audience: 'temporal',
    resource: ['https://one.example', 'https://two.example'],
    extraParams: { organization: 'org_1' },
  });
  expect(form.slice(0, 6)).toEqual([
    ['grant_type', 'client_credentials'],
    ['scope', 'a b'],
    ['audience', 'temporal'],
    ['resource', 'https://one.example'],
    ['resource', 'https://two.example'],
    ['organization', 'org_1'],
  ]);
});

describe('the request', () => {
  it('is a form that asks for JSON', async () => {
    const { method, headers } = await recordedRequest({});
    expect([method, headers.accept, headers['content-type']]).toEqual([
      'POST',
      'application/json',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ]);
  });

  it('leaves through the given fetch, with what an agent of another realm understands', async () => {
    const calls: (readonly [string, RequestInit])[] = [];
    const { server, tokens } = await openScene({
      fetch: (url, init) => {
        calls.push([url, init]);
        return fetch(url, init);
      },
    });
    await tokens.getToken();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.[0]).toBe(server.tokenUrl);
    expect(calls[0]?.[1]).toMatchObject({
      method: 'POST',
      redirect: 'manual',
      body: expect.any(String) as unknown,
    });
  });
});

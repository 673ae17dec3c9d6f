import { describe, expect, it } from 'vitest';
import { basic, invalidClient, post, requestToken, startServer } from './ask.ts';

const proper = { grant_type: 'client_credentials' };
const inForm = { ...proper, client_id: 'worker', client_secret: 's3cret' };

describe('client_secret_basic', () => {
  it.each([
    ['form-encoded', 'a%20b%2Bc%3Ad%25', 200],
    ['with a plus for a space', 'a+b%2Bc%3Ad%25', 200],
    ['with a colon as it is', 'a+b%2Bc:d%25', 200],
    ['not encoded', 'a b+c:d%', 401],
  ])('takes an id and a secret %s: %s is %s', async (_how, encoded, status) => {
    const server = await startServer({ clientId: 'ü', clientSecret: 'a b+c:d%' });
    expect(await post(server.tokenUrl, proper, basic('%C3%BC', encoded))).toMatchObject({ status });
  });

  it.each([
    ['Basic', 'of nothing'],
    ['Basic d29ya2Vy', 'without a colon'],
    ['Basic !!!', 'that is not base64'],
    ['Basic d29ya2VyOiU=', 'with a secret that is not form-encoded'],
    ['Bearer d29ya2VyOnMzY3JldA==', 'of another scheme'],
    ['X-Basic d29ya2VyOnMzY3JldA==', 'of a scheme that ends so'],
    ['Basic d29ya2VyOnMzY3JldA== x', 'with more behind it'],
  ])('rejects %s, a header %s, and says what it takes', async (authorization) => {
    const server = await startServer();
    const answer = await post(server.tokenUrl, proper, { authorization });
    const description = 'client_id and client_secret, form-encoded, are needed';
    expect(answer).toMatchObject(invalidClient(401, description));
    expect(answer.headers.get('www-authenticate')).toBe(`Basic realm="${server.issuer}"`);
  });
});

describe('client_secret_post', () => {
  it.each([
    ['the secret', {}, 200],
    ['another secret', { client_secret: 'other' }, 401],
    ['an unknown client', { client_id: 'nobody' }, 401],
  ])('with %s: %j is %s', async (_what, fields, status) => {
    const server = await startServer();
    const answer = await requestToken(server, fields);
    expect(answer.status).toBe(status);
    expect(answer.headers.has('www-authenticate')).toBe(false);
    expect(server.requests[0]?.authentication?.method).toBe('client_secret_post');
  });
});

describe('a request is rejected', () => {
  it.each(['client_id', 'client_secret', 'client_assertion'])('with %s in the query', async (name) => {
    const server = await startServer();
    const answer = await post(`${server.tokenUrl}?${name}=x`, inForm);
    expect(answer).toMatchObject({
      status: 400,
      body: { error_description: `${name} belongs into the body` },
    });
  });

  type Form = Readonly<Record<string, string>>;
  const twice = `${new URLSearchParams(inForm).toString()}&scope=a&scope=a`;
  const asJson = { 'content-type': 'application/json' };
  const inBasic = basic('worker', 's3cret');
  const withoutId = { ...proper, client_secret: 's3cret' };
  const withoutGrant = { client_id: 'worker', client_secret: 's3cret' };

  it.each<[error: string, description: string, Form | string, Form?]>([
    ['invalid_client', 'No client authentication, and none is not allowed', proper],
    [
      'invalid_client',
      'No client authentication, and none is not allowed',
      { ...proper, client_id: 'worker' },
    ],
    [
      'invalid_client',
      'Invalid client or Invalid client credentials',
      { ...proper, client_id: 'x' },
      inBasic,
    ],
    ['invalid_client', 'client_id and client_secret, form-encoded, are needed', withoutId],
    [
      'invalid_request',
      'One authentication method, not client_secret_basic and client_secret_post',
      inForm,
      inBasic,
    ],
    ['invalid_request', 'Content-Type must be application/x-www-form-urlencoded', '{}', asJson],
    ['invalid_request', 'duplicated parameter', twice],
    ['invalid_request', 'Missing form parameter: grant_type', withoutGrant],
    ['unsupported_grant_type', 'Unsupported grant_type', { ...inForm, grant_type: 'password' }],
    ['invalid_scope', 'empty scope', { ...inForm, scope: '' }],
  ])('with %s: %s', async (error, description, form, headers = {}) => {
    const server = await startServer();
    const status = error === 'invalid_client' ? 401 : 400;
    const body = { error, error_description: description };
    expect(await post(server.tokenUrl, form, headers)).toMatchObject({ status, body });
    expect(server.issuedTokens).toEqual([]);
  });

  it('when it is no POST', async () => {
    const server = await startServer();
    const response = await fetch(server.tokenUrl);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await response.json()).toEqual({ error: 'invalid_request', error_description: 'POST only' });
  });
});

describe('a request is taken', () => {
  it.each([
    ['with the id beside a Basic header', { ...proper, client_id: 'worker' }, basic('worker', 's3cret')],
    ['with several resources', `${new URLSearchParams(inForm).toString()}&resource=a&resource=b`, {}],
    ['with a charset', inForm, { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }],
  ])('%s', async (_how, form, headers) => {
    const server = await startServer();
    expect(await post(server.tokenUrl, form, headers)).toMatchObject({ status: 200 });
  });

  it('with something else in the query', async () => {
    const server = await startServer();
    expect(await post(`${server.tokenUrl}?tenant=a`, inForm)).toMatchObject({ status: 200 });
  });
});

describe('a client that may use one method', () => {
  it('is rejected with another', async () => {
    const client = {
      clientId: 'worker',
      clientSecret: 's3cret',
      authMethods: ['client_secret_basic'],
    } as const;
    const server = await startServer({ clients: [client] });
    expect(await post(server.tokenUrl, proper, basic('worker', 's3cret'))).toMatchObject({ status: 200 });
    expect(await post(server.tokenUrl, inForm)).toMatchObject(
      invalidClient(401, 'worker may not use client_secret_post'),
    );
  });
});

it('names who said what, of each request, as far as that can be told', async () => {
  const server = await startServer();
  await post(server.tokenUrl, { client_id: 'alone' });
  await post(server.tokenUrl, inForm, basic('worker', 's3cret'));
  await post(server.tokenUrl, {});
  expect(server.requests.map(({ authentication }) => authentication)).toEqual([
    { method: 'none', clientId: 'alone' },
    undefined,
    undefined,
  ]);
});

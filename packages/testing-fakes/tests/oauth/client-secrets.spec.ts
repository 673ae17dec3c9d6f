import { describe, expect, it } from 'vitest';
import { basic, invalidClient, post, requestToken, startServer } from './ask.ts';

const proper = { grant_type: 'client_credentials' };
const inForm = { ...proper, client_id: 'worker', client_secret: 's3cret' };

describe('client_secret_basic', () => {
  it.each([
    ['the secret', 's3cret', 200],
    ['another secret', 'other', 401],
  ])('with %s is %s: %s', async (_what, secret, status) => {
    const server = await startServer();
    expect(await post(server.tokenUrl, proper, basic('worker', secret))).toMatchObject({ status });
    expect(server.requests[0]?.authentication).toEqual({ method: 'client_secret_basic', clientId: 'worker' });
  });

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
  it.each([
    ['with no credentials', proper, {}, 401, 'invalid_client'],
    ['with an id alone', { ...proper, client_id: 'worker' }, {}, 401, 'invalid_client'],
    ['with two methods', inForm, basic('worker', 's3cret'), 400, 'invalid_request'],
    ['with two ids', { ...proper, client_id: 'other' }, basic('worker', 's3cret'), 401, 'invalid_client'],
    [
      'with a field twice',
      `${new URLSearchParams(inForm).toString()}&scope=a&scope=a`,
      {},
      400,
      'invalid_request',
    ],
    ['as JSON', JSON.stringify(inForm), { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['without a grant', { client_id: 'worker', client_secret: 's3cret' }, {}, 400, 'invalid_request'],
  ])('%s', async (_how, form, headers, status, error) => {
    const server = await startServer();
    expect(await post(server.tokenUrl, form, headers)).toMatchObject({ status, body: { error } });
    expect(server.issuedTokens).toEqual([]);
  });

  it.each(['client_id', 'client_secret', 'client_assertion'])('with %s in the query', async (name) => {
    const server = await startServer();
    const answer = await post(`${server.tokenUrl}?${name}=x`, inForm);
    expect(answer).toMatchObject({
      status: 400,
      body: { error_description: `${name} belongs into the body` },
    });
  });

  it.each([
    [
      'with two methods',
      inForm,
      basic('worker', 's3cret'),
      'One authentication method, not client_secret_basic and client_secret_post',
    ],
    [
      'with a secret of nobody',
      { ...proper, client_secret: 's3cret' },
      {},
      'client_id and client_secret, form-encoded, are needed',
    ],
    ['with no credentials', proper, {}, 'No client authentication, and none is not allowed'],
    [
      'as JSON',
      JSON.stringify(inForm),
      { 'content-type': 'application/json' },
      'Content-Type must be application/x-www-form-urlencoded',
    ],
    [
      'with a field twice',
      `${new URLSearchParams(inForm).toString()}&scope=a&scope=a`,
      {},
      'duplicated parameter',
    ],
    [
      'without a grant',
      { client_id: 'worker', client_secret: 's3cret' },
      {},
      'Missing form parameter: grant_type',
    ],
    ['for another grant', { ...inForm, grant_type: 'password' }, {}, 'Unsupported grant_type'],
    ['for an empty scope', { ...inForm, scope: '' }, {}, 'empty scope'],
  ])('%s, and is told why', async (_how, form, headers, description) => {
    const server = await startServer();
    expect(await post(server.tokenUrl, form, headers)).toMatchObject({
      body: { error_description: description },
    });
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

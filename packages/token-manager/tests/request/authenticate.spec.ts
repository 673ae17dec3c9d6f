import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { authenticate, offeredMethod } from '../../src/request/authenticate.ts';
import { TokenManagerErrorCode } from '../../src/errors.ts';
import { errorOf } from '../support.ts';

const credentials = { clientId: 'worker', clientSecret: 's3+cret' };
const context = {
  tokenUrl: 'https://issuer.example/token',
  issuer: 'https://issuer.example/',
  audience: 'https://issuer.example/',
  rejectedAssertion: undefined,
  signal: new AbortController().signal,
};

const requested = { ...context, nowMs: 1_700_000_000_000 };

it('client_secret_jwt is signed with the secret, for the issuer, for a minute', async () => {
  const parts = await authenticate({ kind: 'client_secret_jwt' }, credentials, requested);
  const { client_assertion: assertion = '', ...form } = parts.form;
  const key = new TextEncoder().encode('s3+cret');
  const { payload, protectedHeader } = await jwtVerify(assertion, key, {
    currentDate: new Date(requested.nowMs),
  });
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'client-authentication+jwt' });
  expect(payload).toMatchObject({
    iss: 'worker',
    sub: 'worker',
    aud: context.issuer,
    iat: 1_700_000_000,
    exp: 1_700_000_060,
  });
  expect(form).toEqual({
    client_id: 'worker',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  expect(parts.secrets).toEqual([assertion, 's3+cret']);
});

it.each([
  ['HS256', undefined],
  ['HS256', ['RS256', 'HS512', 'HS256']],
  ['HS512', ['RS256', 'HS512']],
  ['HS256', ['RS256']],
])('client_secret_jwt is signed by %s where the issuer lists %j', async (alg, algorithms) => {
  const { form } = await authenticate({ kind: 'client_secret_jwt' }, credentials, {
    ...requested,
    algorithms,
  });
  const key = new TextEncoder().encode('s3+cret');
  const currentDate = new Date(requested.nowMs);
  const { protectedHeader } = await jwtVerify(form['client_assertion'] ?? '', key, { currentDate });
  expect(protectedHeader.alg).toBe(alg);
});

describe('the method that an issuer offers', () => {
  const secret = { clientId: 'worker', clientSecret: 's3cret' };
  const alone = { clientId: 'worker' };

  it.each([
    [['client_secret_post', 'private_key_jwt', 'client_secret_basic'], secret, 'client_secret_basic'],
    [['client_secret_jwt', 'client_secret_post'], secret, 'client_secret_post'],
    [['private_key_jwt', 'client_secret_jwt', 'tls_client_auth'], secret, 'client_secret_jwt'],
    [['client_secret_basic', 'tls_client_auth'], alone, 'tls_client_auth'],
    [['self_signed_tls_client_auth'], alone, 'tls_client_auth'],
  ])('of %j for %j is %s', (offered, given, kind) => {
    expect(offeredMethod(given, offered).kind).toBe(kind);
  });

  it.each([
    [
      ['private_key_jwt', 'tls_client_auth'],
      { ...secret, source: 'a store' },
      /offers private_key_jwt, tls_client_auth .+ from a store have a clientSecret/,
    ],
    [
      ['client_secret_basic'],
      alone,
      /offers client_secret_basic .+ have no clientSecret.+clientAssertion.+clientAuth/,
    ],
    [[], secret, /offers nothing for client/],
  ])('of %j for %j is an error that names both', (offered, given, says) => {
    const error = errorOf(() => offeredMethod(given, offered));
    expect(error).toMatchObject({ code: TokenManagerErrorCode.invalidCredentials, kind: 'configuration' });
    expect(String(error)).toMatch(says);
  });
});

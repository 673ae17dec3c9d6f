import { describe, expect, it } from 'vitest';
import { authenticate, type AuthenticatedParts, type ClientAuthMethod } from '../src/client-auth.ts';
import { TokenManagerErrorCode } from '../src/index.ts';
import { rejectionOf } from './support.ts';

const credentials = { clientId: 'worker', clientSecret: 's3+cret' };
const context = {
  tokenUrl: 'https://issuer.example/token',
  issuer: 'https://issuer.example/',
  audience: 'https://issuer.example/',
  signal: new AbortController().signal,
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what authenticates a client, and which of it no error may show', () => {
  it.each<readonly [string, ClientAuthMethod, AuthenticatedParts]>([
    [
      'the secret in the form',
      { kind: 'client_secret_post' },
      {
        headers: {},
        form: { client_id: 'worker', client_secret: 's3+cret' },
        secrets: ['s3+cret'],
      },
    ],
    [
      'the secret in a header',
      { kind: 'client_secret_basic', encoding: 'form' },
      { headers: { authorization: `Basic ${base64('worker:s3%2Bcret')}` }, form: {}, secrets: ['s3+cret'] },
    ],
    [
      'the secret in a header, as it is',
      { kind: 'client_secret_basic', encoding: 'raw' },
      { headers: { authorization: `Basic ${base64('worker:s3+cret')}` }, form: {}, secrets: ['s3+cret'] },
    ],
    [
      'a certificate',
      { kind: 'tls_client_auth' },
      { headers: {}, form: { client_id: 'worker' }, secrets: [] },
    ],
    [
      'an assertion',
      { kind: 'client_assertion', assertion: () => ' a.b.c\n' },
      {
        headers: {},
        form: {
          client_id: 'worker',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: 'a.b.c',
        },
        secrets: ['a.b.c'],
      },
    ],
  ])('%s', async (_name, method, parts) => {
    expect(await authenticate(method, credentials, context)).toEqual(parts);
  });
});

describe('a client assertion', () => {
  it('is made for the client, the endpoint and the issuer', async () => {
    const asked: unknown[] = [];
    const assertion = (given: unknown): string => {
      asked.push(given);
      return 'a.b.c';
    };
    await authenticate({ kind: 'client_assertion', assertion }, credentials, context);
    expect(asked).toEqual([{ clientId: 'worker', ...context }]);
  });

  it.each([' ', undefined, 7])('that is missing is an error that says what to check: %j', async (given) => {
    const method: ClientAuthMethod = { kind: 'client_assertion', assertion: () => given as string };
    expect(await rejectionOf(authenticate(method, credentials, context))).toMatchObject({
      code: TokenManagerErrorCode.invalidCredentials,
      message: expect.stringContaining('Check the file or the key') as unknown,
    });
  });
});

import { FakeClock, MockOAuthServer } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkToken } from '../../src/doctor/check-token.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { examined, type Finding } from '../support/examined.ts';

const wallMs = 1_700_000_000_000;
const credentials = { clientId: 'worker', clientSecret: 's3cret-of-worker', source: 'the test' };

const tokenUrl = 'https://auth.example/token';

/** A client whose tokens are requested so. */
const clientAt = (request: NonNullable<DiagnosisContext['client']>['request']) => ({
  ...{ request, endpoint: undefined },
  source: () => {
    throw new Error('asked');
  },
});

const known = { applicationName: 'app', credentials, client: clientAt({ tokenUrl }) };

const jwtOf = (...parts: readonly object[]): string =>
  [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'signature'].join('.');

const header = { alg: 'RS256', kid: 'one' };

/** What is found of this token. */
function found(token: string): ReturnType<typeof examined> {
  const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3_600 });
  return examined(
    async (scene) => {
      await checkToken(Object.assign(scene, known));
      await scene[Symbol.asyncDispose]();
    },
    { clock: new FakeClock({ wallMs }), fetch: () => Promise.resolve(new Response(body)) },
  );
}

describe('the type of a token', () => {
  const warned = (description: string, error: string): Finding => ({
    ...{ description, result: 'warning', code: 'DOCTOR_TOKEN_UNVERIFIABLE', error },
  });

  it.each<[object | undefined, Finding]>([
    [header, { description: 'the token is a JWT (RS256) with sub "a", no exp', result: 'success' }],
    [
      { ...header, alg: 'ES256' },
      { description: 'the token is a JWT (ES256) with sub "a", no exp', result: 'success' },
    ],
    [
      undefined,
      warned(
        'the token is opaque',
        "The token is no JWT, and Temporal's own authorizer reads nothing else. Have the OAuth server issue JWTs signed by RS256 or ES256, with a kid; or use a claim mapper.",
      ),
    ],
    [
      { ...header, alg: 'HS256' },
      warned(
        'the token is a JWT (HS256) with sub "a", no exp',
        "The token is signed by HS256, and Temporal's own authorizer takes RS256 and ES256. Have the OAuth server issue JWTs signed by RS256 or ES256, with a kid; or use a claim mapper.",
      ),
    ],
    ...[undefined, '', 7].map((kid): [object, Finding] => [
      { ...header, kid },
      warned(
        'the token is a JWT (RS256) with sub "a", no exp',
        "The token names no key (kid), by which Temporal's own authorizer looks for it. Have the OAuth server issue JWTs signed by RS256 or ES256, with a kid; or use a claim mapper.",
      ),
    ]),
  ])('%j', async (head, finding) => {
    const check = await found(head === undefined ? 'opaque' : jwtOf(head, { sub: 'a' }));
    expect(check('token-type')).toMatchObject(finding);
  });
});

describe('the claims of a token', () => {
  it.each([
    [
      {
        iss: 'https://auth.example',
        sub: 'worker',
        aud: ['a'],
        permissions: ['b:write'],
        exp: 1_800_000_000,
        jti: 'x',
      },
      'the token is a JWT (RS256) with iss "https://auth.example", sub "worker", aud ["a"], permissions ["b:write"], exp 2027-01-15T08:00:00.000Z',
    ],
    [{}, 'the token is a JWT (RS256) with no exp'],
  ])('%j', async (claims, description) => {
    expect((await found(jwtOf(header, claims)))('token-type')).toEqual({
      ...{ description, result: 'success', evidence: [JSON.stringify(claims)] },
    });
  });
});

describe('the authentication of a client', () => {
  const { clientId, clientSecret } = credentials;

  async function examinedAt(
    authMethod: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt',
    requestOf: (oauth: MockOAuthServer) => Parameters<typeof clientAt>[0],
    secret = clientSecret,
    fetch?: DiagnoseOptions['fetch'],
  ): Promise<readonly [Finding, number]> {
    const clients = [{ clientId, clientSecret: secret, authMethods: [authMethod] }];
    await using oauth = await MockOAuthServer.start({ clients });
    const check = await examined(
      async (scene) => {
        await checkToken(Object.assign(scene, known, { client: clientAt(requestOf(oauth)) }));
        await scene[Symbol.asyncDispose]();
      },
      { fetch },
    );
    return [check('token-request'), oauth.tokenRequests.length];
  }

  it.each([
    ['client_secret_jwt', ({ issuer }: MockOAuthServer) => ({ issuer }), 'client_secret_post', 3],
    [
      'client_secret_post',
      ({ issuer }: MockOAuthServer) => ({ issuer, clientAuth: 'client_secret_basic' as const }),
      'client_secret_basic',
      2,
    ],
    [
      'client_secret_basic',
      ({ tokenUrl }: MockOAuthServer) => ({ tokenUrl, clientAuth: 'client_secret_post' as const }),
      'client_secret_post',
      2,
    ],
  ] as const)(
    'is %s alone: each other that is offered is tried, and what works is said',
    async (method, requestOf, sent, requests) => {
      const [{ error }, asked] = await examinedAt(method, requestOf);
      expect(error).toMatch(
        new RegExp(`was sent by ${sent}, and ${method} works\\..* Set WORKER_AUTH_AUTH_METHOD=${method}`),
      );
      expect(asked).toBe(requests);
    },
  );

  it('is found by itself between the header and the form, and said', async () => {
    const [{ description }, asked] = await examinedAt('client_secret_post', ({ issuer }) => ({ issuer }));
    expect(description).toMatch(/by client_secret_post$/);
    expect(asked).toBe(2);
  });

  it('is not tried in other ways where something else is wrong', async () => {
    const [{ error }, asked] = await examinedAt(
      'client_secret_basic',
      ({ issuer, tokenUrl }) => ({ issuer, assertionAudience: tokenUrl }),
      undefined,
      (url, init) => fetch(init.method === 'POST' ? `${url}/nothing` : url, init),
    );
    expect(error).not.toContain('works');
    expect(asked).toBe(0);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, MockOAuthServer, SigningKey } from '@worker-auth/testing-fakes';
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
async function found(
  token: string,
  seconds = 3_600,
  options: DiagnoseOptions = {},
  request: Parameters<typeof clientAt>[0] = { tokenUrl },
): Promise<Awaited<ReturnType<typeof examined>>> {
  const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: seconds });
  return await examined(
    async (scene) => {
      await checkToken(Object.assign(scene, known, { client: clientAt(request) }));
      await scene[Symbol.asyncDispose]();
    },
    {
      clock: new FakeClock({ wallMs }),
      fetch: () => Promise.resolve(new Response(body)),
      ...options,
    },
  );
}

describe('the type of a token', () => {
  const warned = (description: string, error: string): Finding => ({
    ...{ description, result: 'warning', code: 'DOCTOR_TOKEN_UNVERIFIABLE', error },
  });

  it.each<[object | undefined, Finding]>([
    [header, { description: 'the token is a JWT (RS256)', result: 'success' }],
    [
      { ...header, alg: 'ES256' },
      { description: 'the token is a JWT (ES256)', result: 'success' },
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
        'the token is a JWT (HS256)',
        "The token is signed by HS256, and Temporal's own authorizer takes RS256 and ES256. Have the OAuth server issue JWTs signed by RS256 or ES256, with a kid; or use a claim mapper.",
      ),
    ],
    ...[undefined, '', 7].map((kid): [object, Finding] => [
      { ...header, kid },
      warned(
        'the token is a JWT (RS256)',
        "The token names no key (kid), by which Temporal's own authorizer looks for it. Have the OAuth server issue JWTs signed by RS256 or ES256, with a kid; or use a claim mapper.",
      ),
    ]),
  ])('%j', async (head, finding) => {
    const check = await found(head === undefined ? 'opaque' : jwtOf(head, { sub: 'a' }));
    expect(check('token-type')).toEqual(finding);
  });
});

describe('the life of a token', () => {
  const until = (seconds: number): string => new Date(wallMs + seconds * 1_000).toISOString();

  it.each([
    // On average after 0.8 of its life, moved earlier by a random share.
    [3_600, undefined],
    [60, undefined],
    [
      59,
      {
        code: 'DOCTOR_TOKEN_SHORT',
        error: 'The token lives for 59 s. Have the OAuth server give tokens that live for some minutes.',
      },
    ],
  ])('%d s', async (seconds, problem) => {
    const policy = { minDelayMs: 0, maxDelayMs: 10_000 };
    const check = await found(jwtOf(header, {}), seconds, {}, { tokenUrl, policy });
    expect(check('token-life')).toMatchObject({ result: problem ? 'warning' : 'success', ...problem });
    expect(check('token-life').description).toMatch(
      new RegExp(
        `^the token is good for ${seconds} s, until ${until(seconds)}; about [\\d,]+ tokens a month for each process$`,
      ),
    );
  });
});

it('as many tokens as that are asked for in a month', async () => {
  const policy = { minDelayMs: 0, maxDelayMs: 60_000 };
  const check = await found(jwtOf(header, {}), 3_600, {}, { tokenUrl, policy });
  expect(check('token-life').description).toContain('; about 57,600 tokens a month for each process');
});

describe('a token of a file', () => {
  it('is looked at, and nobody is asked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'token-'));
    const tokenFile = join(folder, 'token');
    const exp = Math.floor(Date.now() / 1_000) + 600;
    await writeFile(tokenFile, new SigningKey('ES256').signJwt({ exp }));
    const check = await examined(
      async (scene) => {
        await checkToken(Object.assign(scene, { applicationName: 'app' }));
        await scene[Symbol.asyncDispose]();
      },
      { tokenFile },
    );
    await rm(folder, { recursive: true });
    expect(check('token-request')).toEqual({
      description: `got an access token from ${tokenFile}`,
      result: 'success',
    });
    expect(check('token-clock').description).toMatch(/: no server was asked$/);
    expect(check('endpoint-status').description).toBe('the token endpoint answers: not checked');
    expect(check('token-life').description).toMatch(
      /^the token is good for (?:600|59\d) s, until [\dTZ:.-]+$/,
    );
  });
});

describe('the claims of a token', () => {
  it('hold neither token nor secret', async () => {
    const check = await found(jwtOf(header, { sub: credentials.clientSecret }));
    expect(check('token-claims').details).toEqual({ claims: { sub: '[redacted]' } });
  });

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
      'the token says iss "https://auth.example", sub "worker", aud ["a"], permissions ["b:write"], exp 2027-01-15T08:00:00.000Z',
    ],
    [{}, 'the token says no exp'],
  ])('%j', async (claims, description) => {
    expect((await found(jwtOf(header, claims)))('token-claims')).toEqual({
      ...{ description, result: 'success', details: { claims } },
    });
  });

  it('are none where the token is opaque', async () => {
    expect((await found('opaque'))('token-claims')).toEqual({
      ...{ description: 'the claims of the token can be read: the token is no JWT', result: 'skipped' },
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

  it('is named', async () => {
    const [{ description }] = await examinedAt('client_secret_basic', ({ issuer }) => ({ issuer }));
    expect(description).toBe(
      'got an access token with the credentials from the test, by client_secret_basic',
    );
  });

  it.each([
    ['client_secret_jwt', ({ issuer }: MockOAuthServer) => ({ issuer }), 'client_secret_basic', 3],
    ['client_secret_post', ({ issuer }: MockOAuthServer) => ({ issuer }), 'client_secret_basic', 2],
    ['client_secret_basic', ({ tokenUrl }: MockOAuthServer) => ({ tokenUrl }), 'client_secret_post', 2],
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

  it('works by none where the secret is wrong', async () => {
    const [{ error }, asked] = await examinedAt(
      'client_secret_post',
      ({ issuer }) => ({ issuer }),
      'another',
    );
    expect(error).toMatch(/^The token endpoint \S+ answered 401/);
    expect(asked).toBe(3);
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

describe('a request for a token', () => {
  it('names where the credentials came from, and the status', async () => {
    const check = await found(jwtOf(header, {}));
    expect(check('token-request').description).toBe(
      'got an access token with the credentials from the test, by client_secret_post',
    );
    expect(check('endpoint-status').description).toBe('the token endpoint answers with status 200');
    expect(check('token-clock')).toEqual({
      ...{ description: "the authorization server does not say its clock's time", result: 'success' },
    });
  });

  it('is judged by its last exchange', async () => {
    const bodies = [
      { issuer: 'https://auth.example', token_endpoint: 'https://auth.example/token' },
      { access_token: 'opaque', token_type: 'Bearer', expires_in: 60 },
    ];
    const date = new Date(wallMs).toUTCString();
    const fetch = (): Promise<Response> => {
      const headers = bodies.length === 1 ? { date } : {};
      return Promise.resolve(new Response(JSON.stringify(bodies.shift()), { headers }));
    };
    const check = await found('', 60, { fetch }, { issuer: 'https://auth.example' });
    expect(check('token-clock').description).toMatch(/^this host's clock differs .* by 0 s$/);
  });

  it('goes by the network where there is no fetch', async () => {
    const client = clientAt({ tokenUrl: 'http://127.0.0.1:1/token' });
    const check = await examined(async (scene) => {
      await checkToken(Object.assign(scene, known, { client }));
      // Nothing goes to Temporal without one.
      expect(scene.tokens).toBeUndefined();
    });
    expect(check('token-request')).toMatchObject({ result: 'error', code: 'TOKEN_ENDPOINT_UNREACHABLE' });
    expect(check('token-claims').description).toMatch(/: not checked, since "endpoint-\w+" failed$/);
    expect(check('token-clock').description).toBe("the authorization server does not say its clock's time");
  });

  it('is none without credentials', async () => {
    const check = await examined(async (scene) => {
      await checkToken(Object.assign(scene, { applicationName: 'app' }));
      expect(scene.tokens).toBeUndefined();
    });
    expect(check('token-request')).toEqual({
      ...{ description: 'the credentials bring a token: not checked', result: 'skipped' },
    });
  });

  it.each(['authentication', 'endpoint-address', 'endpoint-proxy'] as const)(
    'is none where the check %s failed',
    async (name) => {
      let requests = 0;
      const fetch = (): Promise<Response> => Promise.reject(new Error(String(requests++)));
      const options = { fetch };
      const check = await examined(async (scene) => {
        await scene.check(name, () => {
          throw new TypeError('no');
        });
        await checkToken(Object.assign(scene, known));
        expect(scene.tokens).toBeUndefined();
      }, options);
      expect(requests).toBe(0);
      expect(check('token-request')).toMatchObject({ result: 'skipped', consequenceOf: name });
    },
  );

  it('is not made where its options make no sense: nobody was asked', async () => {
    const client = clientAt({ tokenUrl, attemptTimeoutMs: -1 });
    const check = await examined((scene) => checkToken(Object.assign(scene, known, { client })));
    expect(check('token-clock')).toEqual({
      description: "this host's clock agrees with the authorization server's: no server was asked",
      result: 'skipped',
    });
    expect(check('token-request')).toMatchObject({ result: 'error', code: 'TEMPORAL_AUTH_SETTING_REJECTED' });
  });

  it('ends with the reason of the signal', async () => {
    const ending = new AbortController();
    const reason = new Error('over');
    const fetch = (): Promise<Response> => {
      ending.abort(reason);
      return new Promise(() => undefined);
    };
    const options = {
      signal: ending.signal,
      timeoutMs: 600_000,
      fetch,
    };
    await expect(examined((scene) => checkToken(Object.assign(scene, known)), options)).rejects.toBe(reason);
  });
});

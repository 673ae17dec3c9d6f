import { LoopbackServer, SigningKey } from '@worker-auth/testing-fakes';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { awsWebIdentity } from '../src/aws-web-identity.ts';
import type { ClientAssertion } from '../src/credentials/client-auth.ts';
import { TokenManagerErrorCode as codes } from '../src/errors.ts';
import { azureManagedIdentity, gcpIdentity, githubActions } from '../src/workload-identity.ts';
import { rejectionOf } from './support.ts';

const audience = 'https://issuer.example/realms/workers';
const key = new SigningKey('RS256');

/** A platform's identity service. */
interface Platform {
  readonly make: (url: string) => ClientAssertion;
  /** What a request must have, as the platform's documents say: method and path, query or form, headers. */
  readonly asked: Readonly<Record<string, string | undefined>>;
  /** A success in its form. */
  readonly answer: (assertion: string) => string;
  readonly errors?: Readonly<Record<number, string>>;
}

const platforms: Readonly<Record<string, Platform>> = {
  gcpIdentity: {
    make: (url) => gcpIdentity({ audience, env: { GCE_METADATA_HOST: new URL(url).host } }),
    asked: {
      request: 'GET /computeMetadata/v1/instance/service-accounts/default/identity',
      audience,
      'metadata-flavor': 'Google',
    },
    answer: (assertion) => assertion,
  },
  'azureManagedIdentity (IMDS)': {
    make: (url) =>
      azureManagedIdentity({ clientId: 'id-1', env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: url } }),
    asked: {
      request: 'GET /metadata/identity/oauth2/token',
      'api-version': '2018-02-01',
      resource: 'api://AzureADTokenExchange',
      client_id: 'id-1',
      metadata: 'true',
    },
    answer: azureAnswer,
  },
  'azureManagedIdentity (App Service)': {
    make: (url) =>
      azureManagedIdentity({
        audience,
        env: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'h-1' },
      }),
    asked: {
      request: 'GET /msi/token',
      'api-version': '2019-08-01',
      resource: audience,
      client_id: undefined,
      'x-identity-header': 'h-1',
    },
    answer: azureAnswer,
  },
  githubActions: {
    make: (url) =>
      githubActions({
        audience,
        env: {
          ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/job/idtoken?api-version=2.0`,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'canary-bearer',
        },
      }),
    asked: {
      request: 'GET /job/idtoken',
      'api-version': '2.0',
      audience,
      authorization: 'Bearer canary-bearer',
    },
    answer: (value) => JSON.stringify({ count: value.length, value }),
  },
  awsWebIdentity: {
    make: (url) => {
      vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
      return awsWebIdentity({ audience, region: 'eu-central-1' });
    },
    asked: {
      request: 'POST /',
      Action: 'GetWebIdentityToken',
      Version: '2011-06-15',
      'Audience.member.1': audience,
      SigningAlgorithm: 'RS256',
    },
    answer: (assertion) =>
      `<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetWebIdentityTokenResult>` +
      `<WebIdentityToken>${assertion}</WebIdentityToken><Expiration>2099-01-01T00:00:00Z</Expiration>` +
      `</GetWebIdentityTokenResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetWebIdentityTokenResponse>`,
  },
};

function azureAnswer(assertion: string): string {
  const fields = { expires_in: '86399', expires_on: '4070908800', resource: audience, token_type: 'Bearer' };
  return JSON.stringify({ access_token: assertion, client_id: 'id-1', ...fields });
}

const each = Object.entries(platforms);

/** A service that answers by `answer`, and what it was asked. */
async function start(
  answer: (response: ServerResponse, request: number) => void,
): Promise<{ readonly url: string; readonly asked: readonly ReadonlyMap<string, string>[] }> {
  const asked: ReadonlyMap<string, string>[] = [];
  const server = await LoopbackServer.start(async (request, response) => {
    asked.push(await fieldsOf(request));
    answer(response, asked.length);
  });
  onTestFinished(() => server.stop());
  return { url: server.url, asked };
}

async function fieldsOf(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const fields = [...headers, ...searchParams, ...new URLSearchParams(body)];
  return new Map([...fields, ['request', `${request.method} ${pathname}`]]);
}

/** An assertion that ends so many seconds from now. */
function assertionFor(seconds: number, jti = 1): string {
  return key.signJwt({ jti: String(jti), exp: Math.floor(Date.now() / 1_000) + seconds });
}

const context = {
  ...{ clientId: 'worker', tokenUrl: 'https://issuer.example/token', issuer: undefined, audience: undefined },
  ...{ rejectedAssertion: undefined, signal: new AbortController().signal },
};

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-of-aws');
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe.each(each)('%s', (name, { make, asked: wanted, answer }) => {
  it('asks as the platform documents it, and gives what that signed', async () => {
    const assertion = assertionFor(3_600);
    const { url, asked } = await start((response) => response.end(answer(assertion)));
    expect(await make(url)(context)).toBe(assertion);
    const [request] = asked;
    expect(Object.keys(wanted).map((name) => [name, request?.get(name)])).toEqual(Object.entries(wanted));
  });

  it('asks once, and again half a minute before the end', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { url, asked } = await start((response, count) => response.end(answer(assertionFor(300, count))));
    const identity = make(url);
    const first = await identity(context);
    vi.advanceTimersByTime(269_000);
    expect(await identity(context)).toBe(first);
    vi.advanceTimersByTime(2_000);
    expect(await identity(context)).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it('asks again at once when the server has rejected what it gave', async () => {
    const { url, asked } = await start((response, count) => response.end(answer(assertionFor(300, count))));
    const identity = make(url);
    const first = await identity(context);
    expect(await identity({ ...context, rejectedAssertion: first })).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it.each([
    [404, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [403, 'invalidCredentials'],
  ] as const)('says that it was answered %i, which is %s, and asks again', async (status, code) => {
    const { url } = await start((response, count) =>
      count === 1 ? response.writeHead(status).end('canary') : response.end(answer(assertionFor(300))),
    );
    const identity = make(url);
    const error = await rejectionOf(Promise.resolve(identity(context)));
    // The SDK knows no other rejection of AWS than by its name.
    const isOfAws = name === 'awsWebIdentity' && status === 404;
    expect(error).toMatchObject({ code: codes[isOfAws ? 'invalidCredentials' : code], status });
    expect(String(error)).toMatch(new RegExp(`No identity from .+${status}.+Check`));
    expect(String(error)).not.toContain('canary');
    expect(await identity(context)).toContain('.');
  });

  it.each(['', '<html>', '{}', answer('no-jwt'), answer('eyJhbGciOiJSUzI1NiJ9.e30')])(
    'rejects what holds no JWT: %s',
    async (body) => {
      const { url } = await start((response) => response.end(body));
      const error = await rejectionOf(Promise.resolve(make(url)(context)));
      expect(error).toMatchObject({ kind: expect.stringMatching(/configuration|connectivity/) as unknown });
      expect(String(error)).toContain('No identity from');
    },
  );

  it('gives a service that says nothing ten seconds', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const { url } = await start(() => {
      arrived.resolve(undefined);
    });
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
    const failed = rejectionOf(Promise.resolve(make(url)(context)));
    await arrived.promise;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failed).toMatchObject({
      code: codes.timedOut,
      message: expect.stringContaining('it did not answer within 10 s') as unknown,
    });
  });

  it('says that nothing is there', async () => {
    const server = await LoopbackServer.start(() => undefined);
    await server.stop();
    const error = await rejectionOf(Promise.resolve(make(server.url)(context)));
    expect(error).toMatchObject({ kind: 'connectivity', retryable: true });
    expect(String(error)).toMatch(/No identity from .+(?:ECONNREFUSED|AggregateError|Error).+Check/);
  });

  it('ends with the reason of the signal', async () => {
    const leaving = new AbortController();
    const { url } = await start(() => {
      leaving.abort(new Error('left'));
    });
    await expect(make(url)({ ...context, signal: leaving.signal })).rejects.toThrow('left');
  });
});

it('githubActions says what permission the job needs', async () => {
  const error = await rejectionOf(Promise.resolve(githubActions({ audience, env: {} })(context)));
  expect(error).toMatchObject({ code: codes.invalidCredentials, kind: 'configuration' });
  expect(String(error)).toContain('permissions: { id-token: write }');
});

it.each([
  ['gcpIdentity', () => gcpIdentity({ audience, aud: 'x' } as never)],
  ['azureManagedIdentity', () => azureManagedIdentity({ clientID: 'x' } as never)],
  ['githubActions', () => githubActions({ audience, aud: 'x' } as never)],
  ['awsWebIdentity', () => awsWebIdentity({ audience, regoin: 'x' } as never)],
])('a misspelt option of %s is rejected', (name, make) => {
  expect(make).toThrow(`${name} has no option`);
});

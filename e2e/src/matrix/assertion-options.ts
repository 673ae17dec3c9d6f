import type {
  ApplicationCredentials,
  ApplicationCredentialSource,
  TemporalAuthOptions,
} from '@worker-auth/temporal-auth';
import { LoopbackServer, readBody, SigningKey, testClientCertificate } from '@worker-auth/testing-fakes';
import { type ClientAssertion, fileAssertion, type TokenManagerOptions } from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { generateKeyPairSync } from 'node:crypto';
import type { Cell, Servers } from './cell.ts';
import type { Form } from './sources.ts';
import { strictClock } from './strict-ports.ts';
import { authenticatedBy, type TokenOptions, withToken } from './token-options.ts';

/** The same with the client's id alone. */
function withAssertion(cell: Cell, token: TokenOptions): TemporalAuthOptions {
  return { ...withToken(cell, token), clientSecret: undefined };
}

const key = new SigningKey('ES256');
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A client of one key, whose assertions must keep to RFC 10070. */
function clientOf(publicKey: typeof pair.publicKey, alg: 'ES256' | 'RS256'): Servers {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg, use: 'sig' as const };
  return { oauth: { clients: [{ clientId: 'worker', jwks: { keys: [jwk] } }], strictAssertions: true } };
}

const cluster = 'https://kubernetes.default.svc';
const subject = 'system:serviceaccount:apps:worker';
/** Whose service account tokens stand for the client. */
export const federated: Servers = {
  oauth: {
    clients: [{ clientId: 'worker' }],
    trustedIssuers: [
      {
        issuer: cluster,
        jwks: { keys: [key.publicJwk] },
        subjects: { [subject]: 'worker' },
        audience: 'oauth',
      },
    ],
  },
};

/** A service account token of that cluster. */
export function clusterToken(): string {
  return key.signJwt({ iss: cluster, sub: subject, aud: 'oauth', exp: Math.floor(Date.now() / 1_000) + 600 });
}

export function assertionForm(
  title: string,
  servers: Servers,
  make: (cell: Cell) => TokenOptions | Promise<TokenOptions>,
  method = 'private_key_jwt',
): Form {
  return {
    title,
    servers,
    options: async (cell) => withAssertion(cell, await make(cell)),
    arrives: (cell) => {
      authenticatedBy(cell, method);
    },
  };
}

const certificate = { sanUri: 'spiffe://example.org/ns/apps/sa/worker' };

/** A `fetch` that presents a certificate. */
function certifiedFetch(): NonNullable<TokenManagerOptions['fetch']> {
  const presented = testClientCertificate(certificate);
  return async (url, { method = 'GET', headers, body }) => {
    const asking = request(url, {
      ...presented,
      method,
      headers: headers as Record<string, string>,
      agent: false,
    });
    asking.end(await new Response(body).text());
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const chunks = (await response.toArray()) as Buffer[];
    return new Response(Buffer.concat(chunks), {
      status: response.statusCode ?? 0,
      headers: { 'content-type': response.headers['content-type'] ?? '' },
    });
  };
}

/** A source of the user's own that always has the same. */
function given(credentials: ApplicationCredentials): ApplicationCredentialSource {
  return { get: () => Promise.resolve(credentials), invalidate: () => undefined };
}

const ofCluster: ClientAssertion = () => clusterToken();

/** A token endpoint for JWT-SVIDs alone, which the mock does not accept. */
export async function spiffeServer(cell: Cell): Promise<string> {
  cell.tokens = () => ['token-of-spiffe'];
  // It is no JWT.
  cell.findings.push('token-type', 'token-claims');
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe';
  const server = await LoopbackServer.start(async (incoming, response) => {
    const form = new URLSearchParams(await readBody(incoming));
    const isRight = form.get('client_assertion_type') === type && form.get('client_assertion') !== null;
    const body = isRight
      ? { access_token: 'token-of-spiffe', token_type: 'Bearer', expires_in: 300 }
      : { error: 'invalid_client' };
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  return cell.use(server).url;
}

/** Client authentication without a secret. */
export const assertionForms: readonly Form[] = Object.freeze<Form[]>([
  assertionForm(
    'token.clientAuth: tls_client_auth',
    { oauth: { tls: true, clients: [{ clientId: 'worker', tlsClientAuth: certificate }] } },
    () => ({ clientAuth: 'tls_client_auth', fetch: certifiedFetch() }),
    'tls_client_auth',
  ),
  assertionForm(
    'token.clientAssertion: a function',
    federated,
    () => ({ clientAssertion: ofCluster }),
    'federated_jwt',
  ),
  assertionForm(
    'token.clientAssertion: fileAssertion(…)',
    federated,
    async ({ folder }) => ({
      clientAssertion: fileAssertion(await folder.write('assertion', clusterToken())),
    }),
    'federated_jwt',
  ),
  assertionForm(
    'token.clientAssertion: fileAssertion(…, { type })',
    federated,
    async ({ folder }) => ({
      clientAssertion: fileAssertion(await folder.write('assertion', clusterToken()), { type: 'jwt-bearer' }),
    }),
    'federated_jwt',
  ),
  assertionForm('privateKeyJwt with all options', clientOf(pair.publicKey, 'ES256'), ({ oauth }) => ({
    issuer: oauth.issuer,
    clientAssertion: privateKeyJwt({
      ...{
        key: pair.privateKey,
        algorithm: 'ES256',
        keyId: 'k1',
        audience: oauth.issuer,
        lifetimeMs: 30_000,
      },
      ...{ header: { 'x5t#S256': 'abc' }, clock: strictClock },
    }),
  })),
  assertionForm('privateKeyJwt with a PEM', clientOf(rsa.publicKey, 'RS256'), ({ oauth }) => ({
    issuer: new URL(oauth.issuer),
    clientAssertion: privateKeyJwt({
      key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }),
  })),
  assertionForm(
    'privateKeyJwt with a JWK, token.assertionAudience',
    clientOf(pair.publicKey, 'ES256'),
    ({ oauth }) => ({
      assertionAudience: oauth.issuer,
      clientAssertion: privateKeyJwt({
        key: { ...pair.privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k1' },
      }),
    }),
  ),
  {
    title: 'credentials with a clientAssertionFile',
    servers: federated,
    options: async (cell) => {
      const clientAssertionFile = await cell.folder.write('assertion', clusterToken());
      return {
        ...cell.application,
        credentials: given({ clientId: 'worker', clientAssertionFile, clientAssertionType: 'jwt-bearer' }),
      };
    },
  },
  {
    title: "token.clientAssertion: fileAssertion(…, { type: 'jwt-spiffe' })",
    options: async (cell) => {
      const clientAssertion = fileAssertion(await cell.folder.write('svid', clusterToken()), {
        type: 'jwt-spiffe',
      });
      return { ...withAssertion(cell, { tokenUrl: await spiffeServer(cell), clientAssertion }) };
    },
  },
  {
    title: 'credentials with a JWT-SVID in their clientAssertionFile',
    options: async (cell) => ({
      ...{ ...cell.application, authUrl: await spiffeServer(cell) },
      credentials: given({
        ...{ clientId: 'worker', clientAssertionType: 'jwt-spiffe' },
        clientAssertionFile: await cell.folder.write('svid', clusterToken()),
      }),
    }),
  },
  {
    title: 'credentials that name the tokenUrl and TLS',
    options: (cell) => {
      const { authUrl: tokenUrl, ...application } = cell.application;
      const found = { ...cell.credentials, tokenUrl, tlsEnabled: false, source: 'the test' };
      return { ...application, credentials: given({ ...found }) };
    },
  },
]);

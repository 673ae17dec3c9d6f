import {
  type ApplicationCredentials,
  type ApplicationCredentialSource,
  assertion,
  certificate,
  type Credentials,
  privateKey,
} from '@worker-auth/temporal-auth';
import { SigningKey, testCertificates, testClientCertificate } from '@worker-auth/testing-fakes';
import {
  type ClientAssertion,
  fileAssertion,
  type FileAssertionOptions,
  TokenManager,
} from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import { generateKeyPairSync } from 'node:crypto';
import type { Cell, Servers } from './cell.ts';
import { certifiedFetch, spiffeServer, subjectOf } from './assertion-servers.ts';
import type { Form } from './sources.ts';
import { ownClock } from './own-ports.ts';
import { authenticatedBy } from './token-options.ts';

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
  make: (cell: Cell) => Credentials | Promise<Credentials>,
  method = 'private_key_jwt',
): Form {
  return {
    title,
    servers,
    options: async (cell) => ({ ...cell.place, credentials: await make(cell) }),
    arrives: (cell) => {
      authenticatedBy(cell, method);
    },
  };
}

/** A source of the user's own that always has the same. */
function given(credentials: ApplicationCredentials): ApplicationCredentialSource {
  return { get: () => Promise.resolve(credentials), invalidate: () => undefined };
}

const bearer: FileAssertionOptions = { type: 'jwt-bearer' };

const ofCluster: ClientAssertion = () => clusterToken();

const certified: Servers = {
  oauth: { tls: true, clients: [{ clientId: 'worker', tlsClientAuth: subjectOf }] },
};

/** Client authentication without a secret. */
export const assertionForms: readonly Form[] = Object.freeze<Form[]>([
  {
    title: 'certificate(…)',
    servers: certified,
    options: async ({ place, folder, oauth: { tokenUrl } }) => {
      const { cert, key: pem } = testClientCertificate(subjectOf);
      const files = {
        certFile: await folder.write('tls.crt', cert),
        keyFile: await folder.write('tls.key', pem),
      };
      const credentials = certificate({ id: 'worker', ...files, tokenUrl });
      return { ...place, credentials, ca: testCertificates().ca };
    },
    arrives: (cell) => {
      authenticatedBy(cell, 'tls_client_auth');
    },
  },
  {
    title: 'tokens: new TokenManager(…) with clientAuth: tls_client_auth',
    ...{ servers: certified, isForDoctor: false },
    options: (cell) => {
      const { tokenUrl } = cell.oauth;
      const options = { tokenUrl, clientAuth: 'tls_client_auth', fetch: certifiedFetch() } as const;
      const tokens = cell.use(new TokenManager({ ...options, credentials: { clientId: 'worker' } }));
      return { ...cell.place, tokens };
    },
  },
  assertionForm(
    'assertion(…): a function',
    federated,
    ({ oauth: { tokenUrl } }) => assertion(ofCluster, { id: 'worker', tokenUrl }),
    'federated_jwt',
  ),
  ...[undefined, bearer].map((type) =>
    assertionForm(
      `assertion(fileAssertion(…${type === undefined ? '' : ', { type }'}))`,
      federated,
      async ({ folder, oauth: { tokenUrl } }) =>
        assertion(fileAssertion(await folder.write('assertion', clusterToken()), type), {
          id: 'worker',
          tokenUrl,
        }),
      'federated_jwt',
    ),
  ),
  assertionForm(
    'privateKeyJwt with all options',
    clientOf(pair.publicKey, 'ES256'),
    ({ oauth: { issuer } }) =>
      assertion(
        privateKeyJwt({
          ...{ key: pair.privateKey, algorithm: 'ES256', keyId: 'k1', audience: issuer, lifetimeMs: 30_000 },
          ...{ header: { 'x5t#S256': 'abc' }, clock: ownClock },
        }),
        { id: 'worker', issuer },
      ),
  ),
  assertionForm(
    'privateKey(…) with a key object',
    clientOf(pair.publicKey, 'ES256'),
    ({ oauth: { issuer } }) => privateKey({ id: 'worker', key: pair.privateKey, issuer }),
  ),
  assertionForm('privateKey(…) with a PEM', clientOf(rsa.publicKey, 'RS256'), ({ oauth }) =>
    privateKey({
      key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ...{ id: 'worker', issuer: new URL(oauth.issuer) },
    }),
  ),
  assertionForm('privateKey(…) with a JWK', clientOf(pair.publicKey, 'ES256'), ({ oauth: { issuer } }) =>
    privateKey({
      key: { ...pair.privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k1' },
      ...{ id: 'worker', issuer },
    }),
  ),
  {
    title: 'tokens: new TokenManager(…) with assertionAudience',
    ...{ servers: clientOf(pair.publicKey, 'ES256'), isForDoctor: false },
    options: (cell) => {
      const { issuer: assertionAudience, tokenUrl } = cell.oauth;
      const clientAssertion = privateKeyJwt({ key: pair.privateKey, algorithm: 'ES256', keyId: 'k1' });
      const credentials = { clientId: 'worker' };
      const tokens = new TokenManager({ tokenUrl, credentials, clientAssertion, assertionAudience });
      return { ...cell.place, tokens: cell.use(tokens) };
    },
  },
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
    title: "assertion(fileAssertion(…, { type: 'jwt-spiffe' }))",
    options: async (cell) => {
      const svid = fileAssertion(await cell.folder.write('svid', clusterToken()), { type: 'jwt-spiffe' });
      const tokenUrl = await spiffeServer(cell);
      return { ...cell.place, credentials: assertion(svid, { id: 'worker', tokenUrl }) };
    },
  },
  {
    title: 'credentials with a JWT-SVID in their clientAssertionFile',
    options: async (cell) => ({
      ...{ ...cell.place, env: { WORKER_AUTH_TOKEN_URL: await spiffeServer(cell) } },
      credentials: given({
        ...{ clientId: 'worker', clientAssertionType: 'jwt-spiffe' },
        clientAssertionFile: await cell.folder.write('svid', clusterToken()),
      }),
    }),
  },
  {
    title: 'credentials that name the tokenUrl and TLS',
    options: (cell) => {
      const { tokenUrl } = cell.oauth;
      const found = { ...cell.credentials, tokenUrl, tlsEnabled: false, source: 'the test' };
      return { ...cell.place, credentials: given({ ...found }) };
    },
  },
]);

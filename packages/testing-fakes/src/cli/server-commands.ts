import type { FakeSecret } from '../dapr/component.ts';
import { FakeDaprSidecar } from '../dapr/fake-dapr-sidecar.ts';
import { FakeTemporalFrontend } from '../frontend/fake-temporal-frontend.ts';
import { TemporalAuthGateway } from '../gateway/temporal-auth-gateway.ts';
import { MockOAuthServer } from '../oauth/mock-oauth-server.ts';
import { type Command, command, type RunningFake } from './command.ts';
import { clientOf, halves, jwksUrl, lifetimeFlag, list, oneOf, portFlag, text, tlsFlag } from './flags.ts';
import { daprLine, rpcLine } from './stamped.ts';

/** Where "oauth" has its key set by default. */
const defaultJwksUrl = 'http://127.0.0.1:9000/jwks';
const defaultUpstream = '127.0.0.1:7233';

/** How tokens are checked. */
const authorizerFlags = {
  audience: text('text', 'what the claim "aud" must hold; default anything'),
};

interface Served {
  readonly caCertificate: string | undefined;
  stop(): Promise<void>;
}

function running(server: Served, ...introduction: readonly string[]): RunningFake {
  const { caCertificate } = server;
  const authority = caCertificate === undefined ? [] : ['the authority to trust:', caCertificate.trim()];
  return { introduction: [...introduction, ...authority], stop: () => server.stop() };
}

const oauth = command({
  name: 'oauth',
  summary: 'An OAuth2 authorization server: client credentials, JWKS, discovery.',
  flags: {
    port: portFlag(9_000),
    client: list('id:secret', 'a client that it knows; default worker:s3cret', clientOf),
    lifetime: lifetimeFlag,
    permission: list('namespace:role', 'what the tokens may do at Temporal; default default:write'),
    audience: list('text', 'the claim "aud"; default none'),
    alg: oneOf(['RS256', 'ES256'], 'how tokens are signed; default RS256'),
    tls: tlsFlag,
  },
  examples: ['oauth --port 9000 --client demo:secret', 'oauth --client a:1 --client b:2 --lifetime 60'],
  start: async ({ port, client: clients, lifetime, permission: permissions, audience, alg, tls }, log) => {
    const server = await MockOAuthServer.start({
      port,
      tls,
      signingAlg: alg,
      lifetimeSeconds: lifetime,
      ...(clients && { clients }),
      ...(permissions && { permissions }),
      ...(audience && { audience }),
    });
    server.subscribe((request) => {
      log(String(request));
    });
    const { tokenUrl, jwksUrl: keys, issuer } = server;
    return running(
      server,
      `token endpoint: ${tokenUrl}`,
      `key set:        ${keys}`,
      `issuer:         ${issuer}`,
    );
  },
});

const dapr = command({
  name: 'dapr',
  summary: 'A Dapr sidecar with a secret store component: secrets, metadata and health over HTTP.',
  flags: {
    port: portFlag(3_500),
    component: text('name', 'name of the component; default deployment-secret-store'),
    type: text('secretstores.…', 'whose shape and words it has; default secretstores.hashicorp.vault'),
    secret: list('name:key=value', 'a field of a secret, or a secret of one value by name=value'),
    'api-token': text('text', 'requests without it are rejected; default none'),
    tls: tlsFlag,
  },
  examples: [
    'dapr --secret atlan-deployment-secrets:app_client_id=demo --secret atlan-deployment-secrets:app_client_secret=secret',
  ],
  start: async (values, log) => {
    const { component: name = 'deployment-secret-store', type = 'secretstores.hashicorp.vault' } = values;
    const { port, tls, secret, 'api-token': apiToken } = values;
    const secrets = secretsOf(secret ?? []);
    const components = [{ name, type, secrets }];
    const server = await FakeDaprSidecar.start({
      port,
      tls,
      components,
      ...(apiToken !== undefined && { apiToken }),
    });
    server.subscribe((request) => {
      log(daprLine(request));
    });
    const held = Object.keys(secrets).join(', ') || 'no secret';
    return running(server, `Dapr, for DAPR_HTTP_ENDPOINT: ${server.url}`, `${type} "${name}" has ${held}`);
  },
});

const gateway = command({
  name: 'gateway',
  summary: 'A proxy before a Temporal frontend that checks the bearer token of every RPC.',
  flags: {
    port: portFlag(7_243),
    upstream: text('host:port', `the Temporal frontend, or an http(s) URL of it; default ${defaultUpstream}`),
    jwks: text(
      'url',
      `the keys that tokens are signed with; default ${defaultJwksUrl}, where "oauth" has them`,
      jwksUrl,
    ),
    ...authorizerFlags,
    tls: tlsFlag,
  },
  examples: ['gateway --upstream 127.0.0.1:7233 --jwks http://127.0.0.1:9000/jwks'],
  start: async ({ upstream = defaultUpstream, jwks = defaultJwksUrl, ...options }, log) => {
    const server = await TemporalAuthGateway.start({ ...options, upstream, jwks });
    server.subscribe((call) => {
      log(rpcLine(call));
    });
    return running(
      server,
      `Temporal with tokens checked: ${server.address}; what may pass goes on to ${upstream}`,
    );
  },
});

const frontend = command({
  name: 'frontend',
  summary: 'A Temporal server in memory that workers and clients connect to; wants a token with every call.',
  flags: {
    port: portFlag(7_233),
    namespace: list('name', 'a namespace; default "default"'),
    jwks: text('url', 'the keys that tokens are signed with; default any token is taken', jwksUrl),
    ...authorizerFlags,
    tls: tlsFlag,
  },
  examples: ['frontend --jwks http://127.0.0.1:9000/jwks', 'frontend --port 0 --namespace extraction'],
  start: async ({ namespace: namespaces, jwks, ...options }, log) => {
    const server = await FakeTemporalFrontend.start({ ...options, namespaces, ...(jwks && { jwks }) });
    server.subscribe((call) => {
      log(rpcLine(call));
    });
    return running(server, `Temporal: ${server.address}`);
  },
});

export const serverCommands: readonly Command[] = [oauth, dapr, gateway, frontend];

function secretsOf(given: readonly string[]): Readonly<Record<string, FakeSecret>> {
  const secrets = new Map<string, FakeSecret>();
  const fieldsOf = new Map<string, Record<string, string>>();
  for (const pair of given) {
    const [left, value] = halves(pair, '=', '--secret must be name:key=value or name=value');
    const [name = '', key] = left.split(/:(.*)/s);
    if (key === undefined) {
      secrets.set(name, value);
      continue;
    }
    const fields = { ...fieldsOf.get(name), [key]: value };
    fieldsOf.set(name, fields);
    secrets.set(name, fields);
  }
  return Object.fromEntries(secrets);
}

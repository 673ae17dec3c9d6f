import { describe, expect, it, onTestFinished } from 'vitest';
import { parseCommandLine } from '../../src/cli/parse-command-line.ts';
import { serverCommands } from '../../src/cli/server-commands.ts';
import { stackCommand } from '../../src/cli/stack-command.ts';
import { daprLine, rpcLine } from '../../src/cli/stamped.ts';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import type { RecordedRpc } from '../../src/grpc/call-log.ts';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { FrontendCaller } from '../support/frontend-caller.ts';

interface Started {
  readonly introduction: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  /** The first address that is shown. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** Starts what a command line says, on any port that is free unless it names one. */
async function start(...args: readonly string[]): Promise<Started> {
  const line = parseCommandLine(args, [...serverCommands, stackCommand]);
  if (line.kind !== 'run') throw new Error(line.text);
  const lines: string[] = [];
  const running = await line.command.start(line.values as never, (text) => lines.push(text));
  const { introduction, env = {} } = running;
  const stop = (): Promise<void> => running.stop();
  onTestFinished(stop);
  const [address = ''] = /(https?:\/\/)?127\.0\.0\.1:\d+/.exec(introduction[0] ?? '') ?? [];
  return { introduction, env, lines, address, stop };
}

async function describeNamespace(address: string, token?: string, namespace = 'default'): Promise<string> {
  using caller = new FrontendCaller(address, token);
  return (await caller.call('describeNamespace', { namespace })).details;
}

async function tokenOf(url: string, id: string, secret: string): Promise<Record<string, unknown>> {
  const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return (await response.json()) as Record<string, unknown>;
}

function claimsOf({ access_token: token }: Record<string, unknown>): unknown {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString());
}

function kindOf({ access_token: token }: Record<string, unknown>): unknown {
  return JSON.parse(Buffer.from(String(token).split('.')[0] ?? '', 'base64url').toString());
}

describe('oauth', () => {
  it('has its defaults', async () => {
    const { introduction, address, lines } = await start('oauth', '--port', '0');
    expect(introduction).toEqual([
      `token endpoint: ${address}/token`,
      `key set:        ${address}/jwks`,
      `issuer:         ${address}`,
    ]);
    const token = await tokenOf(`${address}/token`, 'worker', 's3cret');
    expect(token).toMatchObject({ expires_in: 3_600 });
    expect(kindOf(token)).toMatchObject({ alg: 'RS256' });
    expect(claimsOf(token)).toMatchObject({ permissions: ['default:write'] });
    expect(claimsOf(token)).not.toHaveProperty('aud');
    expect(lines).toEqual([expect.stringMatching(/ POST \/token worker client_secret_post 200 \d+ms$/)]);
  });

  it('takes clients, the life of tokens and what is in them', async () => {
    const { address } = await start(
      ...['oauth', '--port', '0', '--client', 'a:1', '--client', 'b:2:3', '--lifetime', '60'],
      ...['--permission', 'one:read', '--permission', 'two:admin', '--audience', 'x', '--alg', 'ES256'],
    );
    expect(await tokenOf(`${address}/token`, 'worker', 's3cret')).toHaveProperty('error', 'invalid_client');
    expect(await tokenOf(`${address}/token`, 'a', '1')).toHaveProperty('expires_in', 60);
    const token = await tokenOf(`${address}/token`, 'b', '2:3');
    expect(kindOf(token)).toMatchObject({ alg: 'ES256' });
    expect(claimsOf(token)).toMatchObject({ permissions: ['one:read', 'two:admin'], aud: ['x'] });
  });
});

describe('dapr', () => {
  it('has a Vault component without a secret', async () => {
    const { introduction, address, lines } = await start('dapr', '--port', '0');
    expect(introduction).toEqual([
      `Dapr, for DAPR_HTTP_ENDPOINT: ${address}`,
      'secretstores.hashicorp.vault "deployment-secret-store" has no secret',
    ]);
    expect(await (await fetch(`${address}/v1.0/metadata`)).json()).toMatchObject({
      components: [{ name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault' }],
    });
    expect(lines).toEqual([expect.stringMatching(/Z GET \/v1\.0\/metadata 200$/)]);
  });

  it('takes secrets of one value and of several fields, and its token', async () => {
    const { introduction, address } = await start(
      ...['dapr', '--port', '0', '--component', 'own', '--type', 'secretstores.hashicorp.vault'],
      ...[
        '--secret',
        'pair:id=a',
        '--secret',
        'single=b=c',
        '--secret',
        'pair:path:to=d',
        '--api-token',
        't',
      ],
    );
    expect(introduction[1]).toBe('secretstores.hashicorp.vault "own" has pair, single');
    const read = async (name: string, token = 't'): Promise<unknown> => {
      const headers = { 'dapr-api-token': token };
      const response = await fetch(`${address}/v1.0/secrets/own/${name}`, { headers });
      return response.ok ? await response.json() : response.status;
    };
    expect(await read('single')).toEqual({ single: 'b=c' });
    expect(await read('pair')).toEqual({ id: 'a', 'path:to': 'd' });
    expect(await read('pair', 'other')).toBe(401);
  });

  it('has a component of the type that it is given', async () => {
    const { introduction } = await start('dapr', '--port', '0', '--type', 'secretstores.local.file');
    expect(introduction[1]).toBe('secretstores.local.file "deployment-secret-store" has no secret');
  });
});

describe('frontend', () => {
  it('takes any token, for the namespace default', async () => {
    const { introduction, address, lines } = await start('frontend', '--port', '0');
    expect(introduction).toEqual([`Temporal: ${address}`]);
    expect(await describeNamespace(address, 'any')).toBe('');
    expect(await describeNamespace(address)).toBe('Request unauthorized.');
    expect(lines).toEqual([
      expect.stringMatching(/Z DescribeNamespace of default passed \(token 1\)$/),
      expect.stringMatching(/Z DescribeNamespace of default rejected: no-token \(no token\)$/),
    ]);
  });

  it('takes signed tokens alone when it knows their keys, for the namespaces that it is given', async () => {
    await using oauth = await MockOAuthServer.start({ permissions: ['extraction:write', 'other:write'] });
    const { address } = await start(
      ...['frontend', '--port', '0', '--jwks', oauth.jwksUrl, '--namespace', 'extraction'],
    );
    expect(await describeNamespace(address, oauth.mintToken(), 'extraction')).toBe('');
    expect(await describeNamespace(address, oauth.mintToken(), 'other')).toBe(
      'Namespace other is not found.',
    );
    expect(await describeNamespace(address, 'any', 'extraction')).toBe('Request unauthorized.');
  });
});

describe('gateway', () => {
  it('lets pass what is signed, on to its upstream', async () => {
    await using oauth = await MockOAuthServer.start({ audience: 'temporal' });
    await using frontend = await FakeTemporalFrontend.start();
    const given = ['gateway', '--port', '0', '--upstream', frontend.address, '--jwks', oauth.jwksUrl];
    const { introduction, address, lines } = await start(...given, '--audience', 'temporal');
    expect(introduction).toEqual([
      `Temporal with tokens checked: ${address}; what may pass goes on to ${frontend.address}`,
    ]);
    expect(await describeNamespace(address, oauth.mintToken())).toBe('');
    expect(await describeNamespace(address, oauth.mintToken({ claims: { aud: 'other' } }))).toBe(
      'Request unauthorized.',
    );
    expect(lines[1]).toMatch(/DescribeNamespace rejected: wrong-audience \(token 2\)$/);
  });

  it('goes on to the Temporal of this host by default, and asks an "oauth" of this host for keys', async () => {
    const { introduction } = await start('gateway', '--port', '0');
    expect(introduction[0]).toMatch(/; what may pass goes on to 127\.0\.0\.1:7233$/);
  });
});

describe('stack', () => {
  it('shows the environment that leads to its servers, and its control', async () => {
    const { introduction, env, lines } = await start(
      ...['stack', '--application', 'my-app', '--client', 'a:1', '--lifetime', '60', '--frontend'],
    );
    expect(introduction.slice(0, -1)).toEqual(
      Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
    );
    const { TESTING_FAKES_CONTROL: control = '', WORKER_AUTH_TOKEN_URL: url = '' } = env;
    expect(JSON.parse(introduction.at(-1) ?? '')).toEqual({ control });
    expect(await tokenOf(url, 'a', '1')).toHaveProperty('expires_in', 60);
    const secrets = `${env['DAPR_HTTP_ENDPOINT']}/v1.0/secrets/deployment-secret-store/atlan-deployment-secrets`;
    expect(await (await fetch(secrets)).json()).toEqual({ my_app_client_id: 'a', my_app_client_secret: '1' });
    expect(await describeNamespace(env['TEMPORAL_ADDRESS'] ?? '')).toBe('Request unauthorized.');
    expect(lines.map((line) => line.replace(/^\S+ /, '').replace(/ \d+ms$/, ''))).toEqual([
      'POST /token a client_secret_post 200',
      'GET /v1.0/secrets/deployment-secret-store/atlan-deployment-secrets 200',
      'DescribeNamespace of default rejected: no-token (no token)',
    ]);
  });

  it('ends all of it', async () => {
    const { env, stop } = await start('stack');
    expect(env).not.toHaveProperty('TEMPORAL_ADDRESS');
    await stop();
    for (const name of ['WORKER_AUTH_TOKEN_URL', 'DAPR_HTTP_ENDPOINT', 'TESTING_FAKES_CONTROL']) {
      await expect(fetch(env[name] ?? '')).rejects.toThrow('fetch failed');
    }
  });

  it('leaves no server when its control cannot listen', async () => {
    const { env } = await start('stack');
    const { port } = new URL(env['TESTING_FAKES_CONTROL'] ?? '');
    await expect(start('stack', '--control-port', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

it.each(['oauth', 'dapr', 'frontend', 'gateway'])(
  '%s serves TLS when asked to, and plain text else',
  async (name) => {
    const plain = await start(name, '--port', '0');
    expect(plain.introduction.join('\n')).not.toContain('the authority to trust:');
    const { introduction } = await start(name, '--port', '0', '--tls');
    expect(introduction.at(-2)).toBe('the authority to trust:');
    expect(introduction.at(-1)).toMatch(/^-----BEGIN CERTIFICATE-----\n[^]*-----END CERTIFICATE-----$/);
  },
);

it.each([
  [['oauth', '--alg', 'none'], '--alg must be RS256 or ES256, not "none"'],
  [['oauth', '--lifetime', '0'], '--lifetime must be a whole number from 1 to 31536000, not "0"'],
  [['oauth', '--client', ':hunter2'], /^--client must be id:secret$/],
  [['oauth', '--client', 'hunter2:'], /^--client must be id:secret$/],
  ...['x', '65536', '80.5', '1e3', ''].map((port): [string[], string] => [
    ['oauth', '--port', port],
    `--port must be a whole number from 0 to 65535, not "${port}"`,
  ]),
  [['dapr', '--secret', 'a'], '--secret must be name:key=value or name=value'],
  [['frontend', '--jwks', 'ftp://a'], '--jwks must be an http(s) URL, not "ftp://a"'],
  [['gateway', '--jwks', 'keys http://a'], '--jwks must be an http(s) URL, not "keys http://a"'],
  [
    ['stack', '--frontend', '--upstream', '127.0.0.1:7233'],
    '--frontend and --upstream exclude each other: there is one Temporal',
  ],
] as [string[], string | RegExp][])('%j is rejected', async (args, message) => {
  await expect(start(...args)).rejects.toThrow(message);
});

describe('a line of the log', () => {
  const call = { method: 'GetSystemInfo', verdict: 'passed' } as RecordedRpc;

  it('is printed in ASCII, whatever was sent', () => {
    const request = { method: 'GET', path: '/\u001b[2J\u00e9~', status: undefined };
    expect(daprLine(request as never)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z GET \/\?\[2J\?~ -$/);
  });

  it.each([
    [{}, 'GetSystemInfo passed (no token)'],
    [
      { namespace: 'a', verdict: 'rejected', reason: 'expired', token: { number: 2 } },
      'GetSystemInfo of a rejected: expired (token 2)',
    ],
  ])('says of a call with %j what became of it', (more, expected) => {
    expect(rpcLine({ ...call, ...more } as RecordedRpc).replace(/^\S+ /, '')).toBe(expected);
  });
});

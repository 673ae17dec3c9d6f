import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';
import { readSwitch } from '../../src/settings/auth-settings.ts';
import { openEnvironment } from '../../src/settings/environment-credentials.ts';
import { readPlace } from '../../src/settings/host.ts';
import { readServer } from '../../src/settings/server.ts';
import { families, type Setting } from '../../src/settings/setting.ts';
import { readAll } from '../../src/settings/setting.ts';
import { identity, place } from '../../src/settings/table.ts';

const url = 'https://auth.example/token';

function open(env: Readonly<Record<string, string>>) {
  return openEnvironment({}, { env, clock: new FakeClock(), onWaiting: () => undefined });
}

/** Two texts of a variable that differ, and what is the same in the words of the others. */
const texts: Readonly<Record<string, readonly [string, string]>> = {
  ...{
    enabled: ['true', 'false'],
    tokenUrl: [url, 'https://other.example/'],
    authMethod: ['client_secret_post', 'client_secret_basic'],
  },
  ...{ host: ['temporal:1', 'other:1'], port: ['temporal:1', 'temporal:2'], provider: ['auth0', 'okta'] },
  ...{ tlsEnabled: ['true', 'false'], scope: ['a', 'b'], issuer: [url, 'https://other.example/'] },
  ATLAN_WORKFLOW_HOST: ['temporal', 'other'],
  ATLAN_WORKFLOW_PORT: ['1', '2'],
};

/** Each setting that several families name, with each two of their variables. */
const pairs = Object.entries({ ...identity, ...place }).flatMap(([name, setting]) => {
  const all = families.flatMap((family) => setting.variables.find((one) => one.family === family) ?? []);
  const named = all.map((one) => one.name.replace('<app_name>', 'orders'));
  return named.flatMap((one, at) =>
    named.slice(at + 1).map((other) => [name, one, other, setting as Setting<unknown>] as const),
  );
});

describe('two families', () => {
  it('are compared for each setting that both name', () => {
    expect(new Set(pairs.map(([name]) => name)).size).toBeGreaterThan(8);
  });

  it.each(pairs)('that say the same of %s agree: %s and %s', (name, one, other, setting) => {
    const env = {
      [one]: (texts[one] ?? texts[name] ?? ['a', 'b'])[0],
      [other]: (texts[other] ?? texts[name] ?? ['a', 'b'])[0],
    };
    expect(readAll(env, (read) => read(setting), 'orders')?.from).toBe(one);
  });

  it.each(pairs)(
    'that contradict each other in %s are rejected by name: %s and %s',
    (name, one, other, setting) => {
      const env = {
        [one]: (texts[one] ?? texts[name] ?? ['canary-a', 'b'])[0],
        [other]: (texts[other] ?? texts[name] ?? ['a', 'canary-b'])[1],
      };
      const read = (): unknown => readAll(env, (reader) => reader(setting), 'orders');
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(
        new RegExp(`^${one} and ${other} contradict each other. Leave one of them out\\.$`),
      );
    },
  );

  it('that contradict each other are nobody’s concern where an option says it', () => {
    const env = { WORKER_AUTH_TOKEN_URL: 'no', ATLAN_WORKFLOW_AUTH_URL: 'neither' };
    expect(readServer({ tokenUrl: url }, env).request.tokenUrl).toBe(url);
    expect(
      readSwitch({ authEnabled: true }, { WORKER_AUTH_ENABLED: 'no', ATLAN_AUTH_ENABLED: 'yes' }, undefined)
        .isOn,
    ).toBe(true);
  });

  it('may name the endpoint once, by its URL or by its issuer', () => {
    const env = { WORKER_AUTH_ISSUER: url, ATLAN_WORKFLOW_AUTH_URL: url };
    expect(() => readServer({}, env)).toThrow(
      'WORKER_AUTH_ISSUER and ATLAN_WORKFLOW_AUTH_URL contradict each other. Leave one of them out.',
    );
    expect(() => readServer({}, { WORKER_AUTH_ISSUER: url, WORKER_AUTH_METADATA_URL: url })).toThrow(
      'WORKER_AUTH_ISSUER and WORKER_AUTH_METADATA_URL contradict each other. Leave one of them out.',
    );
    expect(readServer({ metadataUrl: url }, env).request).toMatchObject({
      metadataUrl: url,
      issuer: undefined,
      tokenUrl: undefined,
    });
  });
});

describe('credentials of the environment', () => {
  const id = { WORKER_AUTH_CLIENT_ID: 'id' };

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'two proofs',
      { ...id, WORKER_AUTH_CLIENT_SECRET: 'canary', WORKER_AUTH_CLIENT_SECRET_FILE: '/a' },
      'WORKER_AUTH_CLIENT_SECRET and WORKER_AUTH_CLIENT_SECRET_FILE',
    ],
    [
      'two proofs of two families',
      { ...id, ATLAN_AUTH_CLIENT_SECRET: 'canary', WORKER_AUTH_ASSERTION_FILE: '/a' },
      'ATLAN_AUTH_CLIENT_SECRET and WORKER_AUTH_ASSERTION_FILE',
    ],
    [
      'a token and a secret',
      { WORKER_AUTH_TOKEN_FILE: '/a', WORKER_AUTH_CLIENT_SECRET: 'canary' },
      'WORKER_AUTH_TOKEN_FILE and WORKER_AUTH_CLIENT_SECRET',
    ],
    [
      'a method of another proof',
      { ...id, WORKER_AUTH_CLIENT_SECRET: 'canary', WORKER_AUTH_AUTH_METHOD: 'private_key_jwt' },
      'WORKER_AUTH_AUTH_METHOD and WORKER_AUTH_CLIENT_SECRET contradict each other',
    ],
  ])('are rejected with %s', (_what, env, message) => {
    expect(() => open(env)).toThrow(message);
    expect(() => open(env)).not.toThrow('canary');
  });

  it.each<[Readonly<Record<string, string>>, string]>([
    [id, 'WORKER_AUTH_CLIENT_ID is set, without a secret'],
    [{ ATLAN_AUTH_CLIENT_SECRET: 'canary' }, 'ATLAN_AUTH_CLIENT_SECRET is set, without a client id'],
  ])('are rejected by halves: %j', (env, message) => {
    const opened = open(env);
    const source = (): unknown => 'source' in opened && opened.source();
    expect(source).toThrow(`OAuth2 credentials are incomplete: ${message}`);
  });

  it('of a newer family count before those of the application', async () => {
    const env = {
      ...id,
      WORKER_AUTH_CLIENT_SECRET: 'new',
      ATLAN_APPLICATION_NAME: 'orders',
      DAPR_HTTP_PORT: '1',
    };
    const opened = open(env);
    expect('source' in opened && (await opened.source().get())).toEqual({
      ...{ clientId: 'id', clientSecret: 'new' },
      source: 'environment variables WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET',
    });
  });
});

describe('a bad value', () => {
  it.each<[string, string, RegExp]>([
    [
      'WORKER_AUTH_TOKEN_URL',
      'http://auth.example/token',
      /must be the https URL of the token endpoint, [\w\s(]+\)\.$/,
    ],
    ['ATLAN_AUTH_BASE_URL', 'atlan', /must be the https URL of the token endpoint/],
    ['ATLAN_WORKFLOW_AUTH_URL', 'https://user:hunter2@auth.example/', /must be the https URL/],
    ['ATLAN_WORKFLOW_AUTH_URL', `${url} `, /, with no white space at its ends\.$/],
    ['WORKER_AUTH_PROVIDER', 'hunter2', /must be one of auth0, okta, /],
  ])('of %s is named, and not repeated: %s', (name, text, message) => {
    const read = () => readServer({}, { [name]: text });
    expect(read).toThrow(message);
    expect(read).toThrow(new RegExp(`^${name} must`));
    expect(read).not.toThrow('hunter2');
  });

  it.each(['perhaps', '2', 'untrue'])('of a switch: %s', (text) => {
    const read = () => readSwitch({}, { WORKER_AUTH_ENABLED: text }, undefined);
    expect(read).toThrow(/^WORKER_AUTH_ENABLED must be true or false\.$/);
    expect(() => readSwitch({ authEnabled: text as never }, {}, undefined)).toThrow(/^authEnabled must be/);
  });

  it.each(['TRUE', '1', 'yes', 'on', 'enabled'])('of a switch is not %s', (text) => {
    expect(readSwitch({}, { ATLAN_AUTH_ENABLED: text }, undefined).isOn).toBe(true);
  });

  it.each(['http://localhost:8080/token', 'http://127.0.0.1/token', 'http://[::1]/token'])(
    'is not %s: what stays on this host may be http',
    (text) => {
      expect(readServer({}, { WORKER_AUTH_TOKEN_URL: text }).request.tokenUrl).toBe(text);
      expect(readServer({ tokenUrl: new URL(text) }, {}).request.tokenUrl).toBe(text);
    },
  );

  it('is not http to other hosts where that is allowed', () => {
    const env = { WORKER_AUTH_TOKEN_URL: 'http://auth.internal/token' };
    expect(readServer({ allowInsecureHttp: true }, env).request.tokenUrl).toBe(env.WORKER_AUTH_TOKEN_URL);
    expect(() => readServer({ allowInsecureHttp: true, tokenUrl: 'no' }, {})).toThrow(/nor fragment\.$/);
  });

  it('of an address is that of its variable', () => {
    expect(() => readPlace({}, { TEMPORAL_ADDRESS: 'http://no' })).toThrow(
      /^TEMPORAL_ADDRESS must be host:port or host, without a scheme\.$/,
    );
  });
});

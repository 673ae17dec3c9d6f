import { describe, expect, it } from 'vitest';
import { readAuthEnabled, readTokenEndpoint } from '../../src/settings/auth-settings.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';

const url = 'https://auth.example.com/token';

describe('readAuthEnabled', () => {
  it.each([{}, { ATLAN_WORKFLOW_AUTH_ENABLED: '' }])('is said by nobody where nothing is set: %j', (env) => {
    expect(readAuthEnabled({}, env)).toBeUndefined();
  });

  it.each(['true', 'TRUE', '1', 'yes', 'y', 'on', 'enabled'])('is switched on by %s', (value) => {
    expect(readAuthEnabled({}, { ATLAN_WORKFLOW_AUTH_ENABLED: value })).toBe(true);
  });

  it.each(['false', '0', 'No', 'n', 'off', 'disabled'])('stays off with "%s"', (value) => {
    expect(readAuthEnabled({}, { ATLAN_WORKFLOW_AUTH_ENABLED: value })).toBe(false);
  });

  it.each(['perhaps', '2', 'untrue', 'trues', 'unfalse', 'falsely'])(
    'refuses "%s" and names the variable',
    (value) => {
      const read = () => readAuthEnabled({}, { ATLAN_WORKFLOW_AUTH_ENABLED: value });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(/^ATLAN_WORKFLOW_AUTH_ENABLED must be true or false\.$/);
    },
  );

  it.each([' true', 'true\n', ' off '])('says what is wrong with %j', (value) => {
    expect(() => readAuthEnabled({}, { ATLAN_WORKFLOW_AUTH_ENABLED: value })).toThrow(
      /^ATLAN_WORKFLOW_AUTH_ENABLED must be true or false, with no white space at its ends\.$/,
    );
  });

  it.each([true, 'yes'])('is switched on by the option %j', (authEnabled) => {
    expect(readAuthEnabled({ authEnabled: authEnabled as boolean }, {})).toBe(true);
  });

  it.each(['perhaps', '', null, {}])('refuses the option %j and names it', (authEnabled) => {
    expect(() => readAuthEnabled({ authEnabled: authEnabled as unknown as boolean }, {})).toThrow(
      expect.objectContaining({
        code: 'TEMPORAL_AUTH_SETTING_REFUSED',
        message: 'authEnabled must be true or false.',
      }),
    );
  });

  it('reads the newer name of the Python original, under the older one', () => {
    expect(readAuthEnabled({}, { ATLAN_AUTH_ENABLED: 'true' })).toBe(true);
    expect(readAuthEnabled({}, { ATLAN_AUTH_ENABLED: 'true', ATLAN_WORKFLOW_AUTH_ENABLED: '' })).toBe(true);
    expect(readAuthEnabled({}, { ATLAN_AUTH_ENABLED: 'true', ATLAN_WORKFLOW_AUTH_ENABLED: 'false' })).toBe(
      false,
    );
    expect(() => readAuthEnabled({}, { ATLAN_AUTH_ENABLED: 'perhaps' })).toThrow(
      /^ATLAN_AUTH_ENABLED must be/,
    );
  });

  it('lets the option switch off what the environment switches on', () => {
    expect(readAuthEnabled({ authEnabled: false }, { ATLAN_WORKFLOW_AUTH_ENABLED: 'true' })).toBe(false);
  });
});

describe('readTokenEndpoint', () => {
  it('reads the variable', () => {
    expect(readTokenEndpoint({}, { ATLAN_WORKFLOW_AUTH_URL: url })).toEqual({ tokenUrl: url });
  });

  it('lets the option win over the variable, which is not looked at then', () => {
    expect(readTokenEndpoint({ authUrl: url }, { ATLAN_WORKFLOW_AUTH_URL: 'no' })).toEqual({ tokenUrl: url });
  });

  it('reads the newer name of the Python original, under the older one', () => {
    const older = 'https://older.example.com/token';
    expect(readTokenEndpoint({}, { ATLAN_AUTH_URL: url })).toEqual({ tokenUrl: url });
    expect(readTokenEndpoint({}, { ATLAN_AUTH_URL: url, ATLAN_WORKFLOW_AUTH_URL: older })).toEqual({
      tokenUrl: older,
    });
    expect(() => readTokenEndpoint({}, { ATLAN_AUTH_URL: 'no' })).toThrow(/^ATLAN_AUTH_URL must be/);
  });

  it('leaves it to the credentials when nothing is set', () => {
    expect(readTokenEndpoint({}, {})).toEqual({ tokenUrl: undefined });
  });

  it('takes an issuer, and not the variable', () => {
    const token = { issuer: 'https://issuer.example.com' };
    const read = readTokenEndpoint({ token }, { ATLAN_WORKFLOW_AUTH_URL: url });
    expect(read).toEqual({ tokenUrl: undefined, issuer: token.issuer });
  });

  it.each([
    ['token.tokenUrl', { tokenUrl: url }],
    ['token.issuer', { issuer: url }],
  ])('refuses authUrl beside %s, with both names', (name, token) => {
    const read = () => readTokenEndpoint({ authUrl: url, token }, {});
    expect(read).toThrow(TypeError);
    expect(read).toThrow(`Give authUrl or ${name}, not both`);
  });

  it.each([
    'http://auth.example.com/token',
    'http://127.0.0.1.evil.example/token',
    'ftp://auth.example.com',
    'https://user:hunter2@auth.example.com/token',
    'https://auth.example.com/token#part',
    'https://auth.example.com/token ',
    'auth.example.com',
  ])('refuses %s, names the variable and does not repeat the value', (value) => {
    const read = () => readTokenEndpoint({}, { ATLAN_WORKFLOW_AUTH_URL: value });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(
      /^ATLAN_WORKFLOW_AUTH_URL must be the https URL of the token endpoint, [\w\s(]+\)(?:, with no white space at its ends)?\.$/,
    );
  });

  it.each(['no', ''])('names the option when that is "%s"', (authUrl) => {
    expect(() => readTokenEndpoint({ authUrl }, {})).toThrow(/^authUrl must be the https URL/);
  });

  it.each(['http://localhost:8080/token', 'http://127.0.0.1/token', 'http://[::1]/token'])(
    'takes %s: what stays on this host may be http',
    (value) => {
      expect(readTokenEndpoint({ authUrl: value }, {})).toEqual({ tokenUrl: value });
    },
  );

  it('takes a URL object', () => {
    expect(readTokenEndpoint({ authUrl: new URL(url) as unknown as string }, {})).toEqual({ tokenUrl: url });
  });

  it('does not speak of http as an exception when it is allowed', () => {
    const read = () => readTokenEndpoint({ authUrl: 'no', token: { allowInsecureHttp: true } }, {});
    expect(read).toThrow(/with neither user information nor fragment\.$/);
  });

  it('takes http to other hosts when that is allowed', () => {
    const token = { allowInsecureHttp: true };
    const env = { ATLAN_WORKFLOW_AUTH_URL: 'http://auth.internal/token' };
    expect(readTokenEndpoint({ token }, env)).toEqual({ tokenUrl: 'http://auth.internal/token' });
  });
});

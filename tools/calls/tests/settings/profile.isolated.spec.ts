import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPlace } from '../../src/settings/host.ts';
import { type Profile, readProfile } from '../../src/settings/profile.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { ConfigurationError } from '../../src/errors/temporal-auth-error.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The environment of a configuration file with this text. */
async function fileOf(text: string): Promise<Record<string, string>> {
  const file = join(folder, 'temporal.toml');
  await writeFile(file, text);
  return { TEMPORAL_CONFIG_FILE: file };
}

describe('readProfile', () => {
  it.each([undefined, false])('reads nothing when none is asked for: %s', async (profile) => {
    const named = profile === false ? await fileOf('no TOML') : {};
    const env = { ...named, TEMPORAL_ADDRESS: 'temporal.example:1' };
    expect(readProfile({ profile }, env)).toBeUndefined();
  });

  it('reads the profile of the file that is named, or that TEMPORAL_PROFILE names, else the default one', async () => {
    const env = await fileOf(
      '[profile.default]\nnamespace = "d"\n[profile.prod]\nnamespace = "p"\n[profile.test]\nnamespace = "t"\n',
    );
    expect(readProfile({ profile: 'prod' }, { ...env, TEMPORAL_PROFILE: 'test' })?.namespace).toBe('p');
    expect(readProfile({ profile: true }, { ...env, TEMPORAL_PROFILE: 'test' })?.namespace).toBe('t');
    expect(readProfile({ profile: true }, env)?.namespace).toBe('d');
  });

  it('lets variables win over the file, but not an empty one', async () => {
    const env = await fileOf('[profile.default]\naddress = "file.example:1"\nnamespace = "file"\n');
    const profile = readProfile(
      { profile: true },
      { ...env, TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: 'variable' },
    );
    expect(profile).toMatchObject({ address: 'file.example:1', namespace: 'variable' });
  });

  it('has an empty variable leave a key of the metadata out', async () => {
    const env = await fileOf('[profile.default]\ngrpc_meta = { x-tenant = "a", x-other = "b" }\n');
    const profile = readProfile({ profile: true }, { ...env, TEMPORAL_GRPC_META_X_TENANT: '' });
    expect(profile?.metadata).toEqual({ 'x-other': 'b' });
  });

  it.each(['', ' ', 7])('rejects the name %j', (profile) => {
    expect(() => readProfile({ profile: profile as string }, {})).toThrow(
      new TypeError(
        'profile must be the name of a Temporal profile, or true for the one of TEMPORAL_PROFILE',
      ),
    );
  });

  it.each([
    ['is not there', '[profile.default]\n', "Profile 'prod' not found in config data"],
    [
      'is not valid TOML',
      '[profile.prod]\napi_key = "secret-key\n"',
      'its file is not valid TOML, in line 2',
    ],
    [
      'is not valid TOML, in a line that reads as if it said why',
      '[profile.prod]\napi_key = "secret-key Profile \'prod\' not found\n"',
      'its file is not valid TOML, in line 2',
    ],
    ['has no profiles', 'profile = 1', "Profile 'prod' not found in config data"],
    ['has no table of profiles', 'secret-key = 1', 'its file holds no profiles as Temporal lays them out'],
    [
      'names a file that is not there',
      '[profile.prod]\ntls = { client_cert_path = "/secret-key" }',
      'a file that it names cannot be read (ENOENT)',
    ],
    [
      'says a certificate twice',
      '[profile.prod]\ntls = { client_cert_path = "a", client_cert_data = "b" }',
      'Cannot specify both client_cert_path and client_cert_data',
    ],
    [
      'has a key that no header can hold',
      '[profile.prod]\napi_key = "secret-key\\n"',
      'its API key must consist of visible ASCII characters',
    ],
  ])('says why, and nothing of what stands in it, when it %s', async (_what, text, reason) => {
    const env = await fileOf(text);
    const read = (): unknown => readProfile({ profile: 'prod' }, env);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'TEMPORAL_AUTH_SETTING_REJECTED',
        message: `The Temporal profile cannot be used: ${reason}.`,
      }),
    );
    expect(read).not.toThrow('secret-key');
  });
});

/** Bytes as text, whatever kind of bytes they are. */
function asText(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, asText(held)]));
}

describe('without @temporalio/envconfig', () => {
  let readWithout: typeof readProfile;
  beforeAll(async () => {
    vi.resetModules();
    const createRequire = () => (): never => {
      throw new Error('Cannot find module');
    };
    vi.doMock('node:module', () => ({ default: { createRequire } }));
    ({ readProfile: readWithout } = await import('../../src/settings/profile.ts'));
    vi.doUnmock('node:module');
  });

  const toInstall = 'install @temporalio/envconfig, which reads it';

  it('readProfile says what to install where a profile is asked for', () => {
    expect(() => readWithout({ profile: true }, { TEMPORAL_TLS: 'true' })).toThrow(toInstall);
    expect(() => readWithout({ profile: 'prod' }, {})).toThrow(toInstall);
  });

  it.each([
    'TEMPORAL_PROFILE',
    'TEMPORAL_CONFIG_FILE',
    'TEMPORAL_GRPC_META_X_TENANT',
    'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
    'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  ])('readProfile says what to install where %s is set', (name) => {
    expect(() => readWithout({}, { [name]: 'true', TEMPORAL_TLS: 'true' })).toThrow(toInstall);
  });

  it('readProfile reads the variables for place, TLS and key as with it', async () => {
    const file = join(folder, 'a file');
    await writeFile(file, 'of certificates');
    const certificate = { TEMPORAL_TLS_CLIENT_CERT_PATH: file, TEMPORAL_TLS_CLIENT_KEY_PATH: file };
    const environments: readonly Record<string, string>[] = [
      ...['true', '1', 'false', '0', 'yes', ''].map((value) => ({ TEMPORAL_TLS: value })),
      { TEMPORAL_API_KEY: 'the-key', TEMPORAL_ADDRESS: 'temporal.example:1', TEMPORAL_NAMESPACE: 'apps' },
      { TEMPORAL_API_KEY: 'the-key', TEMPORAL_TLS: 'false' },
      { TEMPORAL_API_KEY: 'the-key', TEMPORAL_TLS: '', TEMPORAL_NAMESPACE: '' },
      { TEMPORAL_TLS_SERVER_NAME: 'temporal.internal' },
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: file },
      certificate,
      {
        ...certificate,
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: file,
        TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
      },
      { ...certificate, TEMPORAL_TLS: 'false' },
      { TEMPORAL_TLS_CLIENT_CERT_PATH: file, TEMPORAL_TLS: 'true' },
    ];
    for (const env of environments) {
      const [found, expected] = [readWithout({}, env), readProfile({}, env)].map(
        (profile) =>
          profile && { ...profile, apiKey: profile.apiKey(), newestApiKey: profile.newestApiKey() },
      );
      expect(asText(found), JSON.stringify(env)).toEqual(asText(expected));
    }
  });

  it('a file that is not there is told', () => {
    const env = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'absent') };
    expect(() => readWithout({}, env)).toThrow(
      /^TEMPORAL_TLS_SERVER_CA_CERT_PATH names \/.*\/absent, which cannot be read \(ENOENT\)\.$/,
    );
  });

  it('the newest key is that of the variable', () => {
    const env = { TEMPORAL_API_KEY: 'first' };
    const profile = readWithout({}, env);
    env.TEMPORAL_API_KEY = 'second';
    expect([profile?.apiKey(), profile?.newestApiKey()]).toEqual(['first', 'second']);
  });
});

describe('the place of Temporal, with a profile', () => {
  const profile = { address: 'profile.example:1', namespace: 'of-profile' } as Profile;

  it.each([
    ['an option', { host: 'o.example', namespace: 'o' }, 'o.example:7233', 'o'],
    ['a port alone', { port: 9 }, 'profile.example:9', 'of-profile'],
  ])('is what %s says, before the profile', (_what, options, address, namespace) => {
    expect(readPlace(options, {}, profile)).toMatchObject({ address, namespace });
  });

  it.each([
    { ATLAN_WORKFLOW_HOST: 'v.example' },
    { ATLAN_WORKFLOW_NAMESPACE: 'v' },
    { ATLAN_TEMPORAL_HOST: 'v.example:1' },
  ])('must not be another one than that of %j', (env) => {
    expect(() => readPlace({}, env, profile)).toThrow(
      /^the \w+ of the Temporal profile and ATLAN_\w+ contradict/,
    );
  });

  it.each([
    'http://temporal.example',
    'temporal.example:',
    'temporal.example:0',
    'fd00::1',
    '[fd00::1]443',
    'a b',
    ':1',
  ])('rejects the address "%s", unless a host is given', (address) => {
    const read = (options: { host?: string }): unknown => readPlace(options, {}, { address } as Profile);
    expect(() => read({})).toThrow(
      /^the address of the Temporal profile must be host:port or host, without a scheme\.$/,
    );
    expect(() => read({ host: 'temporal' })).not.toThrow();
  });
});

describe('TLS, with a profile', () => {
  it('is what the option says, before the profile', () => {
    const env = { TEMPORAL_TLS: 'true' };
    expect(readSettings({ profile: true, tls: false, env }).tls).toBe(false);
    expect(readSettings({ profile: true, env }).tls).toBeTruthy();
    expect(readSettings({ profile: false, env }).tls).toBeUndefined();
  });

  it.each([
    ['true', 'false'],
    ['false', 'true'],
  ])('must not be %s where a variable says %s', (ofProfile, other) => {
    const env = { TEMPORAL_TLS: ofProfile, ATLAN_TEMPORAL_TLS_ENABLED: other };
    expect(() => readSettings({ env })).toThrow(
      'TLS of the Temporal profile and ATLAN_TEMPORAL_TLS_ENABLED contradict each other',
    );
    expect(() => readSettings({ env: { ...env, ATLAN_TEMPORAL_TLS_ENABLED: ofProfile } })).not.toThrow();
  });
});

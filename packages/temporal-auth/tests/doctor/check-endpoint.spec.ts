import { ConnectProxy, MockOAuthServer, testCertificates } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { checkEndpoint } from '../../src/doctor/check-endpoint.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { examined } from '../support/examined.ts';

type Setting = NonNullable<DiagnosisContext['client']>['request'] | undefined;

const named = (tokenUrl: string | undefined) => ({ clientId: 'worker', tokenUrl });
const found = (
  setting: Setting,
  credentials = undefined as object | undefined,
  options: DiagnoseOptions = {},
) =>
  examined(
    (scene) =>
      checkEndpoint(
        Object.assign(scene, { client: setting && { request: setting }, credentials: credentials as never }),
      ),
    options,
  );

describe('the address of the token endpoint', () => {
  it.each<[string, Setting, object | undefined, string]>([
    ['the setting', { tokenUrl: 'http://127.0.0.1:1/a' }, named('http://127.0.0.1:1/b'), 'a'],
    ['the issuer', { issuer: 'http://127.0.0.1:1/c' }, named('http://127.0.0.1:1/b'), 'c'],
    ['the credentials', undefined, named('http://127.0.0.1:1/b'), 'b'],
  ])('is that of %s', async (_whose, setting, credentials, path) => {
    expect((await found(setting, credentials))('endpoint-address')).toEqual({
      ...{ description: `the address is http://127.0.0.1:1/${path}`, result: 'success' },
    });
  });

  it.each<[string, object, string, string]>([
    [
      'of plain http on another host',
      named('http://auth.example/token'),
      'TOKEN_CREDENTIALS_INVALID',
      'The key atlan_auth_url of the credentials must',
    ],
  ])('is %s', async (_where, credentials, code, error) => {
    const fetch = () => Promise.reject(new Error('asked'));
    const check = await found(undefined, credentials, { fetch });
    expect(check('endpoint-address')).toMatchObject({
      ...{ description: 'the token endpoint has an address', result: 'error', code },
      error: expect.stringContaining(error) as string,
    });
    expect(check('endpoint-address').error).toMatch(/\.$/);
    expect(check('token-request')).toMatchObject({ result: 'skipped', consequenceOf: 'endpoint-address' });
  });

  it('may be plain http where that is allowed', async () => {
    const fetch = () => Promise.reject(new Error('asked'));
    const credentials = named('http://auth.example/token');
    const check = await found({ allowInsecureHttp: true }, credentials, { fetch });
    expect(check('endpoint-address').description).toBe('the address is http://auth.example/token');
  });
});

describe('the way to the token endpoint', () => {
  it('is that of a proxy', async () => {
    await using oauth = await MockOAuthServer.start({ tls: true });
    const routes = { 'oauth.invalid:443': Number(new URL(oauth.tokenUrl).port) };
    await using server = await ConnectProxy.start({ routes });
    const proxy = `http://127.0.0.1:${server.port}`;
    const tokenUrl = 'https://oauth.invalid/token';
    const check = await found({ tokenUrl }, undefined, { proxy, ca: testCertificates().ca });
    // Signed by the authority that is trusted.
    expect(check('endpoint-connection').code).toBe('DOCTOR_CERTIFICATE_OF_OTHER_NAME');
  });

  it('is that of a fetch', async () => {
    const fetch = () => Promise.reject(new Error('asked'));
    const check = await found({ tokenUrl: 'https://nowhere.invalid/token' }, undefined, { fetch });
    expect(check('endpoint-connection').description).toMatch(/: a fetch of yours sends the requests$/);
  });
});

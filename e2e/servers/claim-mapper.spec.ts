import { type AuthorizingTemporal, startAuthorizingTemporal } from '@worker-auth/servers';
import { type Check, diagnose, type DiagnoseOptions, type Diagnosis } from '@worker-auth/temporal-auth';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

type Claims = Readonly<Record<string, unknown>>;

const authorization = {
  permissionsClaimName: 'scope',
  permissionsRegex: String.raw`prefix-of-the-issuer\.(?P<namespace>[\w\-]+)\.(?P<role>\w+)`,
  audience: 'temporal',
};

/** Without `permissions`, which the OAuth server gives by default. */
const bare: Claims = { permissions: undefined, aud: 'temporal' };
const scope = ['prefix-of-the-issuer.default.write'];

// What people reported of the default claim mapper (temporal issues 7560, 8218 and 9928), and what the doctor makes of it.
await describeWith(['temporal-authorizer'], 'the claim mapper of the authorizing Temporal', () => {
  const started = new AsyncDisposableStack();
  let oauth: MockOAuthServer;
  let usual: AuthorizingTemporal;
  let configured: AuthorizingTemporal;
  beforeAll(async () => {
    oauth = started.use(await MockOAuthServer.start());
    usual = started.use(await startAuthorizingTemporal({ jwksUrl: oauth.jwksUrl }));
    configured = started.use(await startAuthorizingTemporal({ jwksUrl: oauth.jwksUrl, ...authorization }));
  });
  afterAll(() => started.disposeAsync());

  async function diagnosed(
    { port }: AuthorizingTemporal,
    claims: Claims,
    options: DiagnoseOptions = {},
  ): Promise<Diagnosis> {
    await using folder = await temporaryFolder();
    const tokenFile = await folder.write('token', oauth.mintToken({ claims }));
    const env = {
      ...{ ATLAN_APPLICATION_NAME: 'e2e-worker', ATLAN_WORKFLOW_AUTH_ENABLED: 'true' },
      ATLAN_WORKFLOW_PORT: String(port),
    };
    return await diagnose({ timeoutMs: 20_000, tokenFile, env, ...options });
  }

  const permissionOf = ({ categories }: Diagnosis): Check | undefined =>
    categories.flatMap(({ checks }) => checks).find(({ name }) => name === 'token-permission');

  describe('as it is by default', () => {
    it.each<[string, Claims, string, RegExp]>([
      [
        'permissions of another form',
        { permissions: scope },
        'DOCTOR_PERMISSION_MISSING',
        /^The claim "permissions" holds \["prefix-of-the-issuer\.default\.write"\], and a worker needs "default:write"\./,
      ],
      [
        'no sub',
        { sub: undefined, client_id: 'worker' },
        'DOCTOR_SUBJECT_MISSING',
        /^The token has no "sub", .*\("client_id" does not stand in for it\)\./,
      ],
      [
        'permissions inside of another claim',
        { ...bare, ext: { permissions: ['default:write'] } },
        'DOCTOR_PERMISSION_MISSING',
        /"ext\.permissions", which holds \["default:write"\], at the top/,
      ],
      [
        'permissions that are a text',
        { permissions: 'default:write' },
        'DOCTOR_PERMISSION_MISSING',
        /holds "default:write", and Temporal reads nothing but a list/,
      ],
      [
        'permissions in another claim',
        { ...bare, scope: ['default:write'] },
        'DOCTOR_PERMISSION_MISSING',
        /Set permissionsClaimName to "scope" on the server/,
      ],
    ])('rejects %s', async (_name, claims, code, words) => {
      const diagnosis = await diagnosed(usual, claims);
      expect(diagnosis.causes).toEqual(['token-permission']);
      expect(permissionOf(diagnosis)).toMatchObject({ result: 'error', code });
      const { cause, remedy } = permissionOf(diagnosis) ?? {};
      expect(`${cause} ${remedy}`).toMatch(words);
    });

    it('accepts a list of namespaces and roles, and no audience', async () => {
      const diagnosis = await diagnosed(usual, { aud: 'other', permissions: ['default:write'] });
      expect(diagnosis).toMatchObject({ success: true });
      expect(permissionOf(diagnosis)).toMatchObject({ result: 'success' });
    });
  });

  describe('with permissionsClaimName, permissionsRegex and audience', () => {
    it('accepts what fits them', async () => {
      const diagnosis = await diagnosed(configured, { ...bare, scope }, { authorization });
      expect(diagnosis).toMatchObject({ success: true });
      expect(permissionOf(diagnosis)).toMatchObject({
        ...{ result: 'success', description: 'the token holds ["prefix-of-the-issuer.default.write"]' },
      });
    });

    it('is believed where the doctor is not told of them', async () => {
      const diagnosis = await diagnosed(configured, { ...bare, scope });
      expect(diagnosis).toMatchObject({ success: true });
      expect(permissionOf(diagnosis)?.description).toMatch(/, and Temporal lets it work$/);
    });

    it.each<[string, Claims, string]>([
      ['no sub', { ...bare, scope, sub: undefined }, 'DOCTOR_SUBJECT_MISSING'],
      ['another audience', { ...bare, scope, aud: ['a', 'b'] }, 'DOCTOR_AUDIENCE_OTHER'],
      ['another form', { ...bare, scope: ['default:write'] }, 'DOCTOR_PERMISSION_MISSING'],
      ['the usual claim', { aud: 'temporal', permissions: scope }, 'DOCTOR_PERMISSION_MISSING'],
    ])('rejects %s', async (_name, claims, code) => {
      const diagnosis = await diagnosed(configured, claims, { authorization });
      expect(diagnosis.causes).toEqual(['token-permission']);
      expect(permissionOf(diagnosis)).toMatchObject({ result: 'error', code });
    });
  });
});

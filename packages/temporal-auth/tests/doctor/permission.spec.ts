import { describe, expect, it } from 'vitest';
import type { ClaimMapperOptions } from '../../src/doctor/diagnosis.ts';
import { type Problem, ProblemFound } from '../../src/doctor/problem.ts';
import { checkPermission, claimProblem } from '../../src/doctor/permission.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';
import { examined } from '../support/examined.ts';

describe('the check of permissions', () => {
  const error =
    'The claim "permissions" is missing, and a worker needs "default:write". Have the OAuth server put it there.';
  const code = 'DOCTOR_PERMISSION_MISSING';

  it.each<[object | undefined, 'granted' | 'rejected' | 'unknown', object, object]>([
    [
      undefined,
      'granted',
      {},
      { description: "Temporal's claim mapper can use the token: the token is no JWT", result: 'skipped' },
    ],
    [
      { permissions: ['default:write'] },
      'rejected',
      {},
      { description: 'the token holds ["default:write"]', result: 'success' },
    ],
    [
      { roles: ['default:write'] },
      'unknown',
      { permissionsClaimName: 'roles' },
      { description: 'the token holds ["default:write"]', result: 'success' },
    ],
    [
      {},
      'granted',
      {},
      { description: 'the token holds no permissions, and Temporal lets it work', result: 'success' },
    ],
    [{}, 'unknown', {}, { description: 'the token holds no permissions', result: 'warning', code, error }],
    [
      {},
      'rejected',
      {},
      { description: "Temporal's claim mapper can use the token", result: 'error', code, error },
    ],
  ])('%j, %s, %j', async (claims, verdict, authorization, finding) => {
    const jwt = claims && { header: {}, claims: { sub: 'worker', ...claims } };
    const token = { tokens: {} as unknown as ApplicationTokens, jwt };
    const check = await examined(
      async (scene) => {
        const reject = (): never => {
          throw new ProblemFound('TEMPORAL_AUTH_PERMISSION_MISSING', 'no', 'Do.');
        };
        if (verdict === 'rejected') await scene.check('temporal-write', reject, () => 'token-permission');
        await checkPermission(Object.assign(scene, token), 'default', verdict === 'granted');
      },
      { authorization },
    );
    expect(check('token-permission')).toEqual(finding);
  });

  it('is not made where there is no token', async () => {
    const check = await examined((scene) => checkPermission(scene, 'default', false));
    expect(check('token-permission').description).toBe(
      "Temporal's claim mapper can use the token: not checked",
    );
  });
});

function textOf(problem: Problem | undefined): string | undefined {
  return problem && `${problem.cause} ${problem.remedy}`;
}

/** What is said of a token with these claims in the namespace "default"; `undefined` when a worker can work with it. */
function said(claims: Readonly<Record<string, unknown>>, mapper?: ClaimMapperOptions): string | undefined {
  return textOf(claimProblem({ sub: 'worker', ...claims }, 'default', mapper));
}

describe('the claim "permissions"', () => {
  it.each([
    'default:write',
    'default:admin',
    'default:WRITE',
    'temporal-system:admin',
    'temporal-system:write',
  ])('lets a worker of the namespace "default" work: %s', (permission) => {
    expect(said({ permissions: [7, permission] })).toBeUndefined();
  });

  it.each([
    'default:read',
    'default:worker',
    'Default:write',
    'other:write',
    'system:admin',
    'default:write:x',
    'default',
  ])('does not: %s', (permission) => {
    expect(said({ permissions: [permission] })).toBe(
      `The claim "permissions" holds ["${permission}"], and a worker needs "default:write". Have the OAuth server put it there.`,
    );
  });

  it('holds a permission inside of a list', () => {
    expect(said({ permissions: [['default:write']] })).toContain('a worker needs "default:write"');
    expect(said({ permissions: { mine: ['default:write'] } })).toContain('"permissions.mine", which holds');
  });

  it.each([
    [undefined, 'is missing'],
    ['default:write', 'holds "default:write", and Temporal reads nothing but a list'],
    [{}, 'holds {}, and Temporal reads nothing but a list'],
  ])('is none that Temporal reads: %j', (permissions, words) => {
    expect(said({ permissions })).toBe(
      `The claim "permissions" ${words}, and a worker needs "default:write". Have the OAuth server put it there.`,
    );
  });
});

describe('a claim mapper that is configured', () => {
  const prefixed = { permissions: ['app.default.write', 'app.other.admin'] };

  it.each<[string, Readonly<Record<string, unknown>>, ClaimMapperOptions]>([
    ['another claim', { roles: ['default:write'] }, { permissionsClaimName: 'roles' }],
    [
      'a claim with dots',
      { 'ext.permissions': ['default:write'] },
      { permissionsClaimName: 'ext.permissions' },
    ],
    ['an expression', prefixed, { permissionsRegex: '^app\\.(?P<namespace>\\w+)\\.(?P<role>\\w+)$' }],
    [
      'flags and escapes of Go',
      prefixed,
      { permissionsRegex: '(?i)^APP\\.(?P<namespace>[\\w\\-]+)\\.(?P<role>\\w+)$' },
    ],
    [
      'several flags of Go',
      prefixed,
      { permissionsRegex: '(?iU)^APP\\.(?P<namespace>\\w+)\\.(?P<role>\\w+)$' },
    ],
    ['its audience', { aud: 'temporal', permissions: ['default:write'] }, { audience: 'temporal' }],
    [
      'one audience of several',
      { aud: ['a', 'temporal'], permissions: ['default:write'] },
      { audience: 'temporal' },
    ],
    ['no audience', { aud: 'other', permissions: ['default:write'] }, { audience: ' ' }],
  ])('accepts the token: %s', (_name, claims, mapper) => {
    expect(said(claims, mapper)).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, unknown>>, ClaimMapperOptions, string]>([
    [
      'another audience',
      { aud: ['a', 'b'] },
      { audience: 'temporal' },
      'for ["a","b"], and Temporal wants "temporal"',
    ],
    ['no audience', {}, { audience: 'temporal' }, 'The token is for no audience, and'],
    [
      'an expression without its groups',
      prefixed,
      { permissionsRegex: '(.*):(.*)' },
      'and Temporal leaves it out: (.*):(.*)',
    ],
    [
      'an expression without a role',
      prefixed,
      { permissionsRegex: '(?P<namespace>.*)' },
      'and Temporal leaves it out: (?P<namespace>.*)',
    ],
    [
      'no expression',
      prefixed,
      { permissionsRegex: '(?P<namespace>(?P<role>' },
      'is no expression with the groups',
    ],
    [
      'flags that are not at the start',
      prefixed,
      { permissionsRegex: '^app\\.(?i)(?P<namespace>\\w+)\\.(?P<role>\\w+)$' },
      'is no expression with the groups',
    ],
    [
      'a claim of the name deep inside of others',
      { a: { b: { permissions: 'x' } } },
      {},
      '"a.b.permissions", which holds "x", at the top: Temporal reads no claim inside of another',
    ],
    [
      'what does not fit',
      { permissions: ['default:write'] },
      { permissionsRegex: '(?P<namespace>a)(?P<role>b)' },
      'a worker needs write for "default"',
    ],
    [
      'a claim inside of another',
      { a: { b: ['default:write'] } },
      {},
      '"a.b", which holds ["default:write"], at the top: Temporal reads no claim inside of another',
    ],
    [
      'a claim of the name inside of another, whatever is in it',
      { ext: { permissions: 'admin:default' } },
      {},
      '"ext.permissions", which holds "admin:default", at the top: Temporal reads no claim inside of another',
    ],
    [
      'another claim',
      { scope: ['default:write'] },
      {},
      'Set permissionsClaimName to "scope" on the server, which holds ["default:write"].',
    ],
  ])('rejects the token, and why: %s', (_name, claims, mapper, words) => {
    expect(said(claims, mapper)).toContain(words);
  });

  it('says why sub is missed', () => {
    const why = (claims: object): string | undefined => textOf(claimProblem({ ...claims }, 'default'));
    expect(why({})).toBe(
      'The token has no "sub", and without one Temporal rejects every call. Have the OAuth server put it in.',
    );
    expect(why({ client_id: 'a' })).toBe(
      'The token has no "sub", and without one Temporal rejects every call ("client_id" does not stand in for it). Have the OAuth server put it in.',
    );
  });

  it('asks for sub first, then for the audience', () => {
    const mapper = { audience: 'temporal' };
    expect(claimProblem({}, 'default', mapper)?.code).toBe('DOCTOR_SUBJECT_MISSING');
    expect(claimProblem({ sub: 7, aud: 'temporal' }, 'default', mapper)?.code).toBe('DOCTOR_SUBJECT_MISSING');
    expect(claimProblem({ sub: '' }, 'default', mapper)?.code).toBe('DOCTOR_AUDIENCE_OTHER');
    expect(claimProblem({ sub: '', aud: 'temporal' }, 'default', mapper)?.code).toBe(
      'DOCTOR_PERMISSION_MISSING',
    );
  });

  it('looks no deeper than four claims', () => {
    expect(said({ a: { b: { c: { d: ['default:write'] } } } })).toContain('"a.b.c.d", which holds');
    expect(said({ a: { b: { c: { d: { e: ['default:write'] } } } } })).not.toContain('which holds');
  });
});

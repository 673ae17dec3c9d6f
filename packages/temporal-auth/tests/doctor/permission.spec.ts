import { describe, expect, it } from 'vitest';
import type { ClaimMapperOptions } from '../../src/doctor/diagnosis.ts';
import type { Problem } from '../../src/doctor/problem.ts';
import { claimProblem } from '../../src/doctor/permission.ts';

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
    const [other] = /^(?:other|Default)(?=:write$)/.exec(permission) ?? [];
    const remedy =
      other === undefined
        ? 'Have the OAuth server put it there.'
        : `Set TEMPORAL_NAMESPACE to "${other}", for which it has that right, or have the OAuth server put "default:write" there.`;
    expect(said({ permissions: [permission] })).toBe(
      `The claim "permissions" holds ["${permission}"], and a worker needs "default:write". ${remedy}`,
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

  it('asks for sub first, then for the audience', () => {
    const mapper = { audience: 'temporal' };
    expect(claimProblem({}, 'default', mapper)?.code).toBe('DOCTOR_SUBJECT_MISSING');
    expect(claimProblem({ sub: 7, aud: 'temporal' }, 'default', mapper)?.code).toBe('DOCTOR_SUBJECT_MISSING');
    expect(claimProblem({ sub: '' }, 'default', mapper)?.code).toBe('DOCTOR_AUDIENCE_OTHER');
    expect(claimProblem({ sub: '', aud: 'temporal' }, 'default', mapper)?.code).toBe(
      'DOCTOR_PERMISSION_MISSING',
    );
  });
});

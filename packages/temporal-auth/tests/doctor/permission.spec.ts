import { describe, expect, it } from 'vitest';
import { permissionsIn } from '../../src/doctor/permission.ts';

describe('the claim "permissions"', () => {
  it.each([
    'default:write',
    'default:admin',
    'default:WRITE',
    'temporal-system:admin',
    'temporal-system:write',
  ])('lets a worker of the namespace "default" work: %s', (permission) => {
    expect(permissionsIn({ permissions: [7, permission] }, 'default')).toEqual({
      ...{ held: [permission], mayWrite: true },
    });
  });

  it.each([
    'default:read',
    'default:worker',
    'Default:write',
    'other:write',
    'system:admin',
    'default:write:x',
  ])('does not: %s', (permission) => {
    expect(permissionsIn({ permissions: [permission] }, 'default').mayWrite).toBe(false);
  });

  it.each([undefined, 'default:write', {}])('is none that Temporal reads: %j', (permissions) => {
    expect(permissionsIn({ permissions }, 'default')).toEqual({ held: undefined, mayWrite: false });
  });
});

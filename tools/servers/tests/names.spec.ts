import { describe, expect, it } from 'vitest';
import { defaultNames, nameVariables, readNames } from '../src/names.ts';

const names = { applicationName: 'my-app', componentName: 'vault', secretName: 'team/app.credentials_2' };

describe('readNames', () => {
  it('takes the options first, then the environment as nameVariables() writes it, then the defaults', () => {
    const values = { application: 'my-app', component: 'vault', secret: 'team/app.credentials_2' };
    const others = { applicationName: 'other', componentName: 'other', secretName: 'other' };
    expect(readNames(values, nameVariables(others))).toEqual(names);
    expect(readNames({}, nameVariables(names))).toEqual(names);
    expect(readNames({}, { WORKER_AUTH_APPLICATION: '' })).toEqual(defaultNames);
  });

  it('says the names to a worker by variables of ours', () => {
    expect(Object.keys(nameVariables(names)).filter((name) => !name.startsWith('WORKER_AUTH_'))).toEqual([]);
  });

  it('takes the newer name of the variable of the secret where the older one is not set', () => {
    const env = { ATLAN_DEPLOYMENT_SECRET_NAME: '', ATLAN_DEPLOYMENT_SECRET_PATH: 'newer' };
    expect(readNames({}, env).secretName).toBe('newer');
    expect(readNames({}, { ...env, ATLAN_DEPLOYMENT_SECRET_NAME: 'older' }).secretName).toBe('older');
  });

  it.each([
    [{ application: '' }, {}, '--application takes letters, digits and . _ - alone, not ""'],
    [{ component: 'a/b' }, {}, '--component takes letters, digits and . _ - alone, not "a/b"'],
    [{ secret: "a'b" }, {}, '--secret takes letters, digits and . _ - / alone, not "a\'b"'],
    [{}, { ATLAN_APPLICATION_NAME: 'a b' }, 'ATLAN_APPLICATION_NAME takes letters'],
  ])('rejects a name that would be another thing in a path or a shell: %j %j', (values, env, message) => {
    expect(() => readNames(values, env)).toThrow(message);
  });
});

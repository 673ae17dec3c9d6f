import { describe, expect, it } from 'vitest';
import { temporalAuth as clientPlugin } from '../../src/client.ts';
import { authInterceptor } from '../../src/connection/auth-interceptor.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { healthHandler } from '../../src/health/health-handler.ts';
import { observe } from '../../src/opentelemetry.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { superviseWorker } from '../../src/worker/supervisor.ts';
import { FakeTokens } from '../support/fake-connection.ts';
import { ObservedSource } from '../support/observed-source.ts';

const env = {};
const doors = {
  AtlanAuthClient: (options: object) => new AtlanAuthClient({ env, ...options }),
  TemporalWorkflowClient: (options: object) => new TemporalWorkflowClient({ env, ...options }),
  temporalAuth: (options: object) => temporalAuth({ env, ...options }),
  'temporalAuth of the client entry': (options: object) => clientPlugin({ env, ...options }),
};

describe.each(Object.entries(doors))('%s', (name, open) => {
  const owner = name.split(' ', 1)[0];

  it.each([
    ['credential', 'credentials'],
    ['prox', 'proxy'],
  ])('rejects the option %s, and names the nearest', (wrong, right) => {
    const error = new TypeError(`${owner} has no option ${wrong}: did you mean ${right}?`);
    expect(() => open({ [wrong]: 'a' })).toThrow(error);
  });

  it('takes one that is undefined for none', () => {
    expect(() => open({ credential: undefined })).not.toThrow();
  });

  it('rejects what are no options', () => {
    for (const wrong of ['orders', new Map()]) {
      const options = wrong as object;
      const open = { AtlanAuthClient, TemporalWorkflowClient }[owner ?? ''];
      const create = () => (open === undefined ? temporalAuth(options) : new open(options));
      expect(create).toThrow(new TypeError(`The options of ${owner} must be an object`));
    }
  });
});

describe('a misspelt option', () => {
  it.each<[string, (options: never) => unknown, string, string]>([
    [
      'healthHandler',
      (options) => healthHandler(new ObservedSource(), options),
      'needWorkers',
      'needsWorkers',
    ],
    ['authInterceptor', (options) => authInterceptor(new FakeTokens(), options), 'clok', 'clock'],
    ['observe', (options) => observe(new ObservedSource(), options), 'attribute', 'attributes'],
    ['superviseWorker', superviseWorker, 'onFatel', 'onFatal'],
  ])('of %s is rejected, with the nearest name', (owner, open, wrong, right) => {
    const options: object = { [wrong]: true };
    const error = new TypeError(`${owner} has no option ${wrong}: did you mean ${right}?`);
    expect(() => open(options as never)).toThrow(error);
  });
});

describe('an option of another door', () => {
  it('is rejected where it does nothing', () => {
    expect(() => doors.AtlanAuthClient({ host: 'temporal' })).toThrow('AtlanAuthClient has no option host');
    expect(() => doors.TemporalWorkflowClient({ tokens: new FakeTokens() })).toThrow('has no option tokens');
    expect(() => doors.temporalAuth({ autoStartTokenRefresh: false })).toThrow('has no option auto');
    expect(() => doors.temporalAuth({ applicationName: 'orders' })).toThrow('has no option applicationName');
  });
});

describe('a value of another kind', () => {
  it.each<[object, string]>([
    [{ tls: 'true' }, 'tls must be true, false or an object; received a string'],
    [{ proxy: true }, 'proxy must be the URL of an HTTP proxy'],
    [{ metadata: new Map([['x-tenant', 'a']]) }, 'metadata must be an object with a text for each key'],
    [{ metadata: 'x-tenant' }, 'metadata must be an object with a text for each key'],
  ])('is rejected: %j', (options, message) => {
    expect(() => doors.TemporalWorkflowClient(options)).toThrow(message);
    expect(() => doors.temporalAuth(options)).toThrow(message);
  });
});

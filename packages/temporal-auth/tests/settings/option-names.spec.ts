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

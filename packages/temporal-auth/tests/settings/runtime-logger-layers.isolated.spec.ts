import { RecordingLogger } from '@worker-auth/testing-fakes';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runtimeLogger } from '../../src/settings/auth-settings.ts';

const require = createRequire(import.meta.url);
const workerModule = require.resolve('@temporalio/worker');
const [running, former] = [new RecordingLogger(), new RecordingLogger()];

/** As if the program had loaded a `@temporalio/worker` that exports this. */
function load(exports: object): void {
  require.cache[workerModule] = { exports } as NodeJS.Module;
}

afterEach(() => {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- so it is unloaded
  delete require.cache[workerModule];
  vi.doUnmock('node:module');
  vi.resetModules();
});

describe('runtimeLogger', () => {
  it('is none before the program has loaded the worker, and loads it not', () => {
    expect(runtimeLogger()).toBeUndefined();
    expect(require.cache).not.toHaveProperty([workerModule]);
  });

  it('is none while there is no Runtime, and was none', () => {
    for (const exports of [{}, { Runtime: {} }, { Runtime: { _instance: {}, defaultOptions: {} } }]) {
      load(exports);
      expect(runtimeLogger()).toBeUndefined();
    }
  });

  it('is that of the Runtime, else of the one that there was last', () => {
    load({ Runtime: { _instance: { logger: running }, defaultOptions: { logger: former } } });
    expect(runtimeLogger()).toBe(running);
    load({ Runtime: { defaultOptions: { logger: former } } });
    expect(runtimeLogger()).toBe(former);
  });

  it('is none where the worker is not installed', async () => {
    const resolve = (): never => {
      throw new Error('Cannot find module');
    };
    vi.doMock('node:module', () => ({ default: { createRequire: () => ({ cache: {}, resolve }) } }));
    vi.resetModules();
    const { runtimeLogger: fresh } = await import('../../src/settings/auth-settings.ts');
    expect(fresh()).toBeUndefined();
  });
});

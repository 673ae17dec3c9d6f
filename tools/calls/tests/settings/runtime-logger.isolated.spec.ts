import { Runtime } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLogger } from '../../src/settings/loggers.ts';

const logger = new RecordingLogger();
let written: string;

beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    written += String(line);
    return true;
  });
});

// One after the other: a process has one Runtime.
describe('the default logger', () => {
  const lines = defaultLogger();

  it('writes to stderr before there is a Runtime, and makes none', () => {
    lines.info('early');
    expect(written).toContain('[INFO] early');
    expect(Runtime._instance).toBeUndefined();
  });

  it("hands each line to the Runtime's logger from the moment at which that is installed, whatever its level", () => {
    Runtime.install({ logger });
    lines.debug('now', { applicationName: 'postgres-extraction' });
    expect(logger.entries).toMatchObject([
      { level: 'DEBUG', message: 'now', meta: { applicationName: 'postgres-extraction' } },
    ]);
    expect(written).toBe('');
  });

  it('goes on with that logger when the Runtime has ended with its last connection', async () => {
    await Runtime.instance().shutdown();
    expect(Runtime._instance).toBeUndefined();
    lines.warn('late');
    expect(logger.messages('WARN')).toEqual(['late']);
    expect(written).toBe('');
  });
});

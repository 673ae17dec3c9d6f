import { RecordingLogger, watchUnhandledRejections } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { defaultLogger, harmless } from '../../src/settings/loggers.ts';

describe('defaultLogger', () => {
  it('writes time, level, message and what belongs to it to stderr, from level INFO on', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const logger = defaultLogger();
    logger.trace('no');
    logger.debug('no');
    logger.info('one', { attempt: 2 });
    logger.warn('two');
    logger.error('three');
    logger.log('INFO', 'four');
    const lines = write.mock.calls.map(([line]) => String(line).replace(/^\d{4}-[\d-]+T[\d:.]+Z /, ''));
    expect(lines).toEqual([
      '[INFO] one { attempt: 2 }\n',
      '[WARN] two\n',
      '[ERROR] three\n',
      '[INFO] four\n',
    ]);
  });
});

describe('harmless', () => {
  it('drops what the logger rejects with, which ends no process', async () => {
    using unhandled = watchUnhandledRejections();
    harmless(new RecordingLogger(() => Promise.reject(new Error('disk full')))).info('a');
    expect(await unhandled.end()).toEqual([]);
  });
});

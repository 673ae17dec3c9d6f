import { describe, expect, it, vi } from 'vitest';
import { defaultLogger, harmless } from '../../src/tokens/logger.ts';
import { recordingLogger } from '../support/recording-logger.ts';

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
  it('hands every line on', () => {
    const log = recordingLogger();
    const logger = harmless(log.logger);
    logger.trace('a');
    logger.debug('b');
    logger.info('c', { x: 1 });
    logger.warn('d');
    logger.error('e');
    logger.log('WARN', 'f');
    expect(log.text()).toBe('TRACE a\nDEBUG b\nINFO c\nWARN d\nERROR e\nWARN f');
    expect(log.lines[2]?.meta).toEqual({ x: 1 });
  });

  it('drops what the logger throws', () => {
    const { logger } = recordingLogger(() => {
      throw new Error('disk full');
    });
    expect(() => {
      harmless(logger).info('a');
    }).not.toThrow();
  });

  it('drops what the logger rejects with, which ends no process', async () => {
    const unhandled: unknown[] = [];
    const see = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', see);
    try {
      harmless(recordingLogger(() => Promise.reject(new Error('disk full'))).logger).info('a');
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', see);
    }
  });
});

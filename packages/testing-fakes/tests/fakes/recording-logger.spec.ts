import { describe, expect, it } from 'vitest';
import { RecordingLogger } from '../../src/fakes/recording-logger.ts';
import { assertNoLeak, plantSecret } from '../../src/leaks/assert-no-leak.ts';

describe('RecordingLogger', () => {
  it('keeps every line, with its level and what is beside it', () => {
    const logger = new RecordingLogger();
    logger.trace('a');
    logger.debug('b');
    logger.info('c', { count: 1 });
    logger.warn('d');
    logger.error('e');
    logger.log('WARN', 'f');
    expect(logger.text()).toBe('TRACE a\nDEBUG b\nINFO c\nWARN d\nERROR e\nWARN f');
    expect(logger.entries[2]).toEqual({ level: 'INFO', message: 'c', meta: { count: 1 } });
  });

  it('finds messages by level, by text and by pattern', () => {
    const logger = new RecordingLogger();
    logger.info('a token was refreshed');
    logger.warn('a token was rejected');
    expect(logger.messages()).toEqual(['a token was refreshed', 'a token was rejected']);
    expect(logger.messages('WARN')).toEqual(['a token was rejected']);
    expect(logger.matching('refreshed')).toMatchObject([{ level: 'INFO' }]);
    expect(logger.matching(/rejected$/g)).toMatchObject([{ level: 'WARN' }]);
    expect(logger.matching(/^a token/)).toHaveLength(2);
    expect(logger.matching('a.token')).toEqual([]);
  });

  it('forgets when it is cleared', () => {
    const logger = new RecordingLogger();
    logger.info('before');
    logger.clear();
    logger.info('after');
    expect(logger.messages()).toEqual(['after']);
  });

  it('does what the test wants of a logger that fails', () => {
    const logger = new RecordingLogger(({ message }) => {
      throw new Error(message);
    });
    expect(() => logger.info('disk full')).toThrow('disk full');
    expect(logger.messages()).toEqual(['disk full']);
  });

  it('is what assertNoLeak looks into', () => {
    const logger = new RecordingLogger();
    const secret = plantSecret();
    logger.info('a', { nothing: 'secret' });
    assertNoLeak(logger.entries, secret);
    logger.info('b', { deep: { down: [secret] } });
    expect(() => {
      assertNoLeak(logger.entries, secret);
    }).toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { isLoopbackHost } from '../src/loopback.ts';

describe('isLoopbackHost', () => {
  it.each([
    'localhost',
    'LocalHost',
    '127.0.0.1',
    '127.8.9.1',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '0x7f.1',
    '127.0.0.1.',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '[::FFFF:127.0.0.1]',
  ])('is true for %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    '',
    'example.com',
    'localhost.evil.com',
    'localhost.',
    'evil-localhost',
    'sub.localhost',
    '127.0.0.1.evil.com',
    '127.0.0.256',
    '1127.0.0.1',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    '[::1%25lo]',
    '::1%lo',
    'fe80::1',
    '::ffff:128.0.0.1',
    '127.0.0.1:80',
    'localhost:7233',
    'user@localhost',
    'localhost/x',
    'localhost#.evil.com',
    ' localhost',
    'lоcalhost', // with a Cyrillic o
  ])('is false for "%s"', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});

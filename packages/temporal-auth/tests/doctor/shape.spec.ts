import { describe, expect, it } from 'vitest';
import { swappedIn, shapeOf, suspectIn } from '../../src/doctor/shape.ts';

const random = 'aB3dE6gH9kL2nP5rS8uW';
const uuid = '0B8F6A5E-8d3c-4a61-9D53-0f1d2c3b4a59';

describe('the form of a value', () => {
  it.each([
    ['', 'is empty'],
    [' ', 'is empty'],
    ['a\n', 'has a newline at its end'],
    ['\r\na', 'has a newline at its end'],
    [' a', 'has white space around it'],
    ["'a'", 'is in quotes'],
    ['"a"', 'is in quotes'],
    ['$(NAME)', 'is a reference that nothing replaced'],
    ['${NAME}', 'is a reference that nothing replaced'],
    ['{{ .Values.secret }}', 'is a reference that nothing replaced'],
    ['REPLACE-WITH-THE-CLIENT-ID', 'is a placeholder'],
    ['changeme', 'is a placeholder'],
    ['<client id>', 'is a placeholder'],
    [Buffer.from('a secret of some length').toString('base64'), 'is base64 of text'],
    [Buffer.from('a secret of some length\n').toString('base64'), 'is base64 of text'],
  ])('%j %s', (value, is) => {
    expect(shapeOf(value)?.[0]).toBe(is);
  });

  it.each([
    'a',
    '"a',
    'pa$$word',
    'a(b)',
    'replaced',
    'https://a.example',
    random,
    uuid,
    'orders-worker',
    'sec ret',
  ])('is nothing special: %j', (value) => {
    expect(shapeOf(value)).toBeUndefined();
  });

  it('of random bytes in base64 is nothing special', () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_none, index) => (index * 37) % 256));
    expect(shapeOf(bytes.toString('base64'))).toBeUndefined();
  });

  it('is that of the client id, then of the secret, and shows neither', () => {
    expect(suspectIn({ clientId: ' worker', clientSecret: '"s"' })?.[0]).toBe(
      'The client id has white space around it.',
    );
    expect(suspectIn({ clientId: 'worker', clientSecret: '"s"' })?.[0]).toBe(
      'The client secret is in quotes.',
    );
    expect(suspectIn({ clientId: 'worker' })).toBeUndefined();
  });
});

describe('id and secret', () => {
  it.each([
    [random, 'orders-worker', true],
    [random, ' a-b_c.d ', true],
    [random, 'e2e-worker', true],
    [uuid, 'worker', false],
    ['e2e-worker', 'wrong', false],
    [random, 'a-', false],
    [random, 'Worker', false],
    ['worker', 'secret', false],
    [random, '', false],
    [random, undefined, false],
  ])('look swapped: %j, %j: %s', (clientId, clientSecret, isSwapped) => {
    expect(swappedIn({ clientId, clientSecret }) !== undefined).toBe(isSwapped);
  });
});

import { describe, expect, it } from 'vitest';
import { failureText } from '../../src/worker/worker-failure.ts';

describe('failureText', () => {
  it.each([
    ['not there', 'not there.'],
    ['not there.', 'not there.'],
    ['../key.pem is not there.', '../key.pem is not there.'],
  ])('is a sentence: of "%s"', (message, text) => {
    expect(failureText(new Error(message))).toBe(text);
  });

  it('is no longer than 200 characters and a full stop', () => {
    expect(failureText(new Error('x'.repeat(1_000)))).toHaveLength(201);
  });
});

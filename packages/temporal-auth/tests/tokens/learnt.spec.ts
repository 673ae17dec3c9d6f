import { describe, expect, it } from 'vitest';
import { ByToken } from '../../src/tokens/learnt.ts';

const tokens = ['1', '2', '3', '4', '5', '6', '7', '8'];

function full(): ByToken<string> {
  const known = new ByToken<string>();
  for (const token of tokens) known.set(token, 'known');
  return known;
}

describe('what is known by token', () => {
  it('is kept of eight tokens', () => {
    expect([...full().keys()]).toEqual(tokens);
  });

  it('is forgotten of the one that nothing was learnt of for the longest', () => {
    const known = full().set('1', 'more').set('1', 'most').set('9', 'known').set('10', 'known');
    expect([...known]).toEqual([
      ...['4', '5', '6', '7', '8'].map((token) => [token, 'known']),
      ['1', 'most'],
      ['9', 'known'],
      ['10', 'known'],
    ]);
  });

  it('is learnt again after it was forgotten', () => {
    const known = full();
    known.delete('8');
    known.set('8', 'again').set('9', 'known');
    expect([known.get('8'), known.get('1'), known.size]).toEqual(['again', undefined, 8]);
  });
});

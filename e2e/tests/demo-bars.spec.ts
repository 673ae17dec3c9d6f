import { describe, expect, it } from 'vitest';
import { type BarFacts, type Paint, tokenBars } from '../src/demo/token-bars.ts';

const plain: Paint = (_format, text) => text;

/** In seconds. */
function life(id: number, start: number, refresh: number, end: number): BarFacts['tokens'][number] {
  return { id, startMs: start * 1_000, refreshMs: refresh * 1_000, endMs: end * 1_000 };
}

const lives = [life(1, 0, 8, 10), life(2, 8, 16, 18), life(3, 16, 24, 26)];

function bars(facts: Partial<BarFacts>, width: number, paint = plain): readonly string[] {
  const all = { nowMs: 20_000, tokens: lives, refusedMs: [], ...facts };
  return tokenBars(all, width, paint).map(([name, bar]) => `${name.padEnd(10)}|${bar.trimEnd()}`);
}

describe('the bars of the tokens', () => {
  it('have the renewal, the overlap with the next token, and what is left, on one scale', () => {
    expect(bars({ refusedMs: [5_000, 19_999] }, 26)).toEqual([
      '  #1      |████████│▓',
      '  #2      |        ████████│▓',
      '  #3      |                ████░░░░│░',
      '  refused |     ×             ×',
    ]);
  });

  it('are half as long on half the width', () => {
    expect(bars({ refusedMs: [5_000] }, 13)).toEqual([
      '  #1      |████│',
      '  #2      |    ████│',
      '  #3      |        ██░░│',
      '  refused |  ×',
    ]);
  });

  it('leave the gap after a token that was not renewed in time, and mark when the next one came', () => {
    expect(bars({ tokens: [life(1, 0, 8, 10), life(2, 16, 24, 26)] }, 26)).toEqual([
      '  #1      |██████████      │',
      '  #2      |                ████░░░░│░',
      '          |',
      '  refused |',
    ]);
  });

  it('go on to the end of a token whose renewal is late', () => {
    expect(bars({ nowMs: 12_000, tokens: [life(1, 0, 8, 10)] }, 12)[0]).toBe('  #1      |████████│█');
  });

  it('are those of the three newest tokens, always in as many rows', () => {
    const names = (tokens: BarFacts['tokens']): readonly string[] =>
      bars({ tokens }, 20).map((bar) => bar.slice(2, 4));
    expect(names([...lives, life(4, 24, 32, 34)])).toEqual(['#2', '#3', '#4', 're']);
    expect(names([])).toEqual(['  ', '  ', '  ', 're']);
  });

  it('have refused calls in red', () => {
    const painted: Paint = (format, text) => (format === 'red' ? 'R' : text);
    expect(bars({ refusedMs: [5_000] }, 26, painted)[3]).toBe('  refused |     R');
  });
});

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { WriteStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLines, type TokenNow } from '../src/demo/lines.ts';

const token: TokenNow = { number: 3, remainingMs: 6_049 };
const line = (event: string): RegExp =>
  new RegExp(`^ +\\d+\\.\\d s {2}${event} {2}\\[token #3: 6\\.0 s left\\]$`);

async function written(write: (lines: ReturnType<typeof openLines>) => void, isTerminal = false) {
  const output = Object.assign(new PassThrough(), {
    ...{ isTTY: isTerminal, getColorDepth: () => WriteStream.prototype.getColorDepth() },
  });
  write(openLines(output, () => token));
  output.end();
  return (await text(output)).split('\n').slice(0, -1);
}

beforeEach(() => {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI', 'TMUX'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it('have the time, the event, and the number and the rest of the life of the token', async () => {
  const [first, ...others] = await written((lines) => {
    lines.event('workflow completed: 1');
  });
  expect(first).toMatch(line('workflow completed: 1'));
  expect(others).toEqual([]);
});

it('are one for each event, whatever is in it', async () => {
  const events = [
    'two\nlines\r\n\tand \x1b[2J\x1b[10;1H control characters\x07',
    '\u2028a\u202eb',
    '東京 🎉',
  ];
  const lines = await written((one) => {
    for (const event of events) one.event(event);
  });
  expect(lines).toHaveLength(3);
  for (const one of lines) expect(one).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
});

it('end with the last before the close', async () => {
  const lines = await written((one) => {
    one.event('before');
    one.close();
    one.event('after');
  });
  expect(lines.join()).toMatch(line('before'));
});

describe('a bad event', () => {
  const bad = (isTerminal: boolean): Promise<readonly string[]> =>
    written((lines) => {
      lines.event('REFUSED', true);
    }, isTerminal);

  it('is red on a terminal', async () => {
    expect((await bad(true))[0]).toContain('\x1b[31mREFUSED\x1b[39m');
  });

  it('is plain in a pipe', async () => {
    expect((await bad(false))[0]).toMatch(line('REFUSED'));
  });

  it('is plain on a terminal with NO_COLOR', async () => {
    vi.stubEnv('NO_COLOR', '1');
    expect((await bad(true))[0]).toMatch(line('REFUSED'));
  });

  it('is red in a pipe with FORCE_COLOR', async () => {
    vi.stubEnv('FORCE_COLOR', '1');
    expect((await bad(false))[0]).toContain('\x1b[31m');
  });
});

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Status } from '../src/demo/picture.ts';
import { openView, type View } from '../src/demo/view.ts';
import { EmulatedTerminal } from '../src/fixtures/emulated-terminal.ts';

const pictureEveryMs = 250;

const addresses = [
  ['Temporal web UI', 'http://127.0.0.1:8233'],
  ['A server with a long address', `http://127.0.0.1:1234/${'way/'.repeat(40)}`],
] as const;

const status: Status = {
  nowMs: 20_000,
  tokens: [
    { id: 1, startMs: 0, refreshMs: 8_000, endMs: 10_000 },
    { id: 2, startMs: 8_000, refreshMs: 16_000, endMs: 18_000 },
    { id: 3, startMs: 16_000, refreshMs: 24_000, endMs: 26_000 },
  ],
  refusedMs: [5_000],
  tokenNumber: 3,
  tokenRemainingMs: 6_000,
  nextRefreshInMs: 4_000,
  credentials: `Dapr secret store component "${'deployment-'.repeat(20)}"`,
  workflows: { started: 20, completed: 19, ranTwice: 0 },
  rpcs: { passed: 200, refused: 1, perSecond: 10.4 },
  remainingMs: 40_000,
};

const events = [
  'workflow completed: item 1',
  `WORKFLOW FAILED: Error: ${'a long text of a server '.repeat(30)}`,
  `東京の作業者は${'認証を更新しました。'.repeat(30)}`,
  `two\nlines\r\n\tand \x1b[2J\x1b[10;1H control characters\x07`,
  // Terminals do not agree on how wide these are.
  `🎉 ${'👩‍👩‍👧‍👦 é ﷽ '.repeat(40)}`,
];

/** More than any of the terminals has rows. */
const manyEvents = Array.from({ length: 20 }, () => events).flat();

/** How the lines above the events begin. */
const beginnings = [
  ...['token', '  #1', '  #2', '  #3', '  refused', '             █ used'],
  ...['credentials', 'workflows', 'RPCs', 'ends in', '', 'Temporal web UI', 'A server', ''],
];

function shown(columns: number, rows: number): { terminal: EmulatedTerminal; view: View } {
  const terminal = new EmulatedTerminal(columns, rows);
  const view = openView(terminal.output, { status: () => status, addresses });
  onTestFinished(() => {
    view.close();
  });
  return { terminal, view };
}

/** What a terminal of this size shows that was never another one, and was drawn once. */
async function drawnOnce(columns: number, rows: number, told: readonly string[]): Promise<readonly string[]> {
  const { terminal, view } = shown(columns, rows);
  for (const event of told) view.event(event);
  vi.advanceTimersByTime(pictureEveryMs);
  return await terminal.rows();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.stubEnv('TERM', 'xterm-256color');
  return () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  };
});

describe.each([
  [120, 40],
  [100, 30],
  [80, 24],
  [60, 20],
  [20, 5],
])('the live view on %i columns and %i rows', (columns, rows) => {
  it('has one row for each line, the newest event in the last', async () => {
    const lines = await drawnOnce(columns, rows, manyEvents);
    const room = Math.max(0, rows - beginnings.length);
    const expected = [...beginnings, ...manyEvents.slice(manyEvents.length - room)].slice(0, rows);
    expect(lines.map((line, row) => line.slice(0, expected[row]?.length === 0 ? 1 : 3))).toEqual(
      expected.map((line) => line.slice(0, 3)),
    );
  });

  it('leaves no stale line, however often it is drawn, with long and wide texts', async () => {
    const { terminal, view } = shown(columns, rows);
    for (const event of manyEvents) {
      view.event(event);
      vi.advanceTimersByTime(pictureEveryMs);
    }
    expect(await terminal.rows()).toEqual(await drawnOnce(columns, rows, manyEvents));
  });
});

describe('the live view', () => {
  it('has all events while there is room for them', async () => {
    const lines = (await drawnOnce(100, beginnings.length + 8, events)).slice(beginnings.length);
    expect(lines.map((line) => line.slice(0, 3))).toEqual([
      ...events.map((one) => one.slice(0, 3)),
      '',
      '',
      '',
    ]);
  });

  it('cuts what is too long where the terminal ends, by the columns that it takes', async () => {
    const lines = await drawnOnce(61, 30, events);
    expect(lines.find((line) => line.startsWith('WORKFLOW FAILED'))).toMatch(/^.{60}…$/);
    expect(lines.find((line) => line.startsWith('東京'))).toMatch(/^.{30}…$/);
  });

  it('draws over what somebody else writes onto the terminal', async () => {
    const { terminal, view } = shown(100, 30);
    terminal.output.write('\x1b[3;1Ha warning\x1b[28;1Hin two\nlines');
    for (const event of events) view.event(event);
    vi.advanceTimersByTime(pictureEveryMs);
    expect(await terminal.rows()).toEqual(await drawnOnce(100, 30, events));
  });

  it('is right at once in each size that its terminal gets', async () => {
    const { terminal, view } = shown(100, 30);
    for (const event of events) view.event(event);
    vi.advanceTimersByTime(pictureEveryMs);
    for (const [columns, rows] of [
      [80, 24],
      [60, 20],
      [30, 8],
      [140, 50],
      [100, 30],
    ] as const) {
      terminal.resize(columns, rows);
      expect(await terminal.rows()).toEqual(await drawnOnce(columns, rows, events));
    }
  });

  it('gives the terminal back as it was, with the last picture below', async () => {
    const { terminal, view } = shown(100, 30);
    terminal.resize(60, 20);
    view.event('the last event');
    expect(await terminal.isTaken()).toBe(true);
    view.close();
    terminal.output.write('what follows\n');
    expect(await terminal.isTaken()).toBe(false);
    const history = (await terminal.history()).join('\n');
    expect(history.match(/^token +#3/gm)).toHaveLength(1);
    expect(history).toMatch(/^workflows +20 started[^]+\nthe last event\nwhat follows$/m);
  });

  it('draws nothing any more after it was closed', async () => {
    const { terminal, view } = shown(100, 30);
    view.close();
    const before = await terminal.history();
    view.event('too late');
    vi.advanceTimersByTime(10 * pictureEveryMs);
    terminal.resize(100, 31);
    expect((await terminal.history()).join('\n').trimEnd()).toEqual(before.join('\n').trimEnd());
  });

  it('gives the terminal back when the program ends without closing it', async () => {
    const before = process.listenerCount('exit');
    const { terminal, view } = shown(100, 30);
    expect(await terminal.isTaken()).toBe(true);
    process.listeners('exit').at(-1)?.(1);
    expect(await terminal.isTaken()).toBe(false);
    view.close();
    expect(process.listenerCount('exit')).toBe(before);
  });

  it('is none on a terminal that cannot move its cursor', async () => {
    vi.stubEnv('TERM', 'dumb');
    const { terminal, view } = shown(100, 30);
    view.event('an event');
    expect(await terminal.isTaken()).toBe(false);
    expect((await terminal.rows())[0]).toMatch(/^ +\d+\.\d s {2}an event {2}\[token #3: 6\.0 s left/);
  });
});

describe('colours', () => {
  const red = '\x1b[31m';

  async function written(isTerminal: boolean): Promise<string> {
    const output = new PassThrough();
    const { output: terminal } = new EmulatedTerminal(100, 30);
    Object.assign(
      output,
      isTerminal && { isTTY: true, columns: 100, rows: 30, getColorDepth: terminal.getColorDepth },
    );
    const view = openView(output, { status: () => status, addresses });
    view.event('REFUSED PollWorkflowTaskQueue', true);
    vi.advanceTimersByTime(pictureEveryMs);
    view.close();
    output.end();
    return await text(output);
  }

  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { FORCE_COLOR: '0' }, false],
    [false, {}, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { NO_COLOR: '1' }, false],
  ])('on a terminal: %j, with %j, refusals are red: %j', async (isTerminal, env, isRed) => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI', 'COLORTERM']) {
      vi.stubEnv(name, undefined);
    }
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const all = await written(isTerminal);
    expect(all.includes(`${red}REFUSED PollWorkflowTaskQueue`)).toBe(isRed);
    expect(/\p{Cc}\[[\d;]+m/u.test(all)).toBe(isRed);
    expect(all).toContain('REFUSED PollWorkflowTaskQueue');
  });
});

it('piped, it writes nothing any more after it was closed', async () => {
  const output = new PassThrough();
  const view = openView(output, { status: () => status, addresses });
  view.event('in time');
  view.close();
  view.event('too late: what follows is the summary');
  output.end();
  expect(await text(output)).toMatch(/^ +\d+\.\d s {2}in time {2}.*\n$/);
});

it('piped, it writes one line an event, whatever is in it, and no control characters', async () => {
  const output = new PassThrough();
  const view = openView(output, { status: () => status, addresses });
  for (const event of events) view.event(event);
  vi.advanceTimersByTime(10 * pictureEveryMs);
  view.close();
  output.end();
  const lines = (await text(output)).split('\n');
  expect(lines).toHaveLength(events.length + 1);
  expect(lines.at(-1)).toBe('');
  for (const line of lines.slice(0, -1)) {
    expect(line).toMatch(/^ +\d+\.\d s {2}\S.* {2}\[token #3: .* RPCs: 200 passed, 1 refused\]$/);
    expect(line).not.toMatch(/\p{Cc}/u);
  }
});

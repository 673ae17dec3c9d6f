// How the suites of others are read and judged.
import { expect, it } from 'vitest';
import { readEvents } from '../src/suites/go.ts';
import { judgeFile } from '../src/suites/judge.ts';
import { readLines } from '../src/suites/python.ts';
import type { Outcome, Suite } from '../src/suites/suite.ts';
import { readTap } from '../src/suites/typescript.ts';

type Lane = Readonly<Record<string, Outcome>>;

/** What the judge says of two lanes: each test comes out alike whenever it runs, but for what `alone` has. */
async function judged(plain: Lane, ours: Lane, alone: Lane = {}) {
  const suite: Suite = {
    ...{ name: 'typescript', title: 'Fake', lanes: ['plain', 'plugin'], notRun: {} },
    filesOf: () => Promise.resolve([]),
    open: () => Promise.reject(new Error('It is open.')),
  };
  const lanes: Readonly<Record<string, Lane>> = { plain, plugin: ours };
  const open = {
    run: (_file: string, lane: string, test?: string) => {
      const all = Object.entries({ ...lanes[lane], ...(test !== undefined && lane === 'plugin' && alone) });
      return Promise.resolve(new Map(all.filter(([title]) => title === (test ?? title))));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const [report] = await judgeFile(suite, open, 'test-native-connection');
  return report;
}

it.each<[string, Lane, Lane, Lane, object]>([
  ['passes in both', { a: 'passed' }, { a: 'passed' }, {}, { passed: 1 }],
  ['fails in both', { a: 'failed' }, { a: 'failed' }, {}, { failedInBoth: ['a'] }],
  ['passes alone', { a: 'passed' }, { a: 'failed' }, { a: 'passed' }, { passedAlone: ['a'] }],
  [
    'fails with us',
    { a: 'passed' },
    { a: 'failed' },
    {},
    { differences: [{ test: 'a', reason: undefined }] },
  ],
  ['is missing with us', { a: 'passed' }, {}, {}, { differences: [{ test: 'a', reason: undefined }] }],
  ['is skipped in both', { a: 'skipped' }, { a: 'skipped' }, {}, { skipped: 1 }],
  [
    'fails in a part of it',
    { a: 'passed', 'a/b': 'passed' },
    { a: 'failed', 'a/b': 'failed' },
    {},
    { differences: [{ test: 'a/b', reason: undefined }] },
  ],
])('tells a test that %s', async (_title, plain, ours, alone, expected) => {
  const nothing = { passed: 0, skipped: 0, passedAlone: [], failedInBoth: [], differences: [] };
  expect(await judged(plain, ours, alone)).toEqual({
    ...{ file: 'test-native-connection', lane: 'plugin' },
    ...{ ...nothing, ...expected },
  });
});

it('gives a known difference its reason', async () => {
  const test = 'NativeConnection.connect() throws meaningful error when passed invalid address';
  const report = await judged({ [test]: 'passed' }, { [test]: 'failed' });
  expect(report?.differences[0]?.reason).toMatch(/address/);
});

it('does not take a file without tests for a good one', async () => {
  expect((await judged({}, {}))?.differences).toHaveLength(1);
});

it('reads what ava, Go and pytest print', () => {
  const tap = 'TAP version 13\nok 1 - a \\# b\n# a # b\nnot ok 2 - c\n  ---\nok 3 - d # SKIP\n';
  expect([...readTap(tap)]).toEqual([
    ['a # b', 'passed'],
    ['c', 'failed'],
    ['d', 'skipped'],
  ]);
  const events = [
    { Action: 'run', Test: 'A' },
    { Action: 'pass', Test: 'A/b' },
    { Action: 'fail', Test: 'A' },
    { Action: 'fail' },
  ];
  expect([...readEvents(`${events.map((event) => JSON.stringify(event)).join('\n')}\nFAIL\n`)]).toEqual([
    ['A/b', 'passed'],
    ['A', 'failed'],
  ]);
  const lines = 'tests/a.py::b[c d] PASSED [ 50%]\ntests/a.py::e SKIPPED (why) [100%]\nPASSED\n';
  expect([...readLines(lines)]).toEqual([
    ['tests/a.py::b[c d]', 'passed'],
    ['tests/a.py::e', 'skipped'],
  ]);
});

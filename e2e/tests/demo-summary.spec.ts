import { expect, it } from 'vitest';
import { type Facts, summary, troubles } from '../src/demo/summary.ts';

const quiet: Facts = {
  ...{
    tokens: 7,
    lifetimeSeconds: 10,
    credentials: 'the environment',
    outages: [],
    endMs: 40_000,
    stalledMs: 0,
  },
  work: { started: 40, completed: 40, ranTwice: 0 },
  rpcs: { passed: 400, refused: 0 },
};
const outage = { id: 1, title: 'Stop the OAuth server', startMs: 5_000, endMs: 13_000, backMs: 15_100 };
const eventful: Facts = { ...quiet, rpcs: { passed: 400, refused: 31 }, outages: [outage] };

it('is good when every workflow completed and nothing was refused', () => {
  expect(troubles(quiet)).toEqual([]);
  expect(summary(quiet).at(-1)).toBe('Every workflow completed and no RPC was refused.');
});

it('is good in spite of refusals when something was broken, and the worker came back', () => {
  expect(troubles(eventful)).toEqual([]);
  expect(summary(eventful).at(-1)).toBe('Every workflow completed, and no result was lost.');
});

it('is good in spite of refusals when the machine was too busy to renew a token, and says so', () => {
  const busy = { ...quiet, rpcs: { passed: 400, refused: 1 }, stalledMs: 3_210 };
  expect(troubles(busy)).toEqual([]);
  expect(summary(busy).slice(-2)).toEqual([
    'The machine is busy: the process stood still for 3.2 s.',
    'Every workflow completed, and no result was lost.',
  ]);
});

it.each<[string, Facts]>([
  [
    '1 of 40 workflows were not complete at the end.',
    { ...eventful, work: { started: 40, completed: 39, ranTwice: 0 } },
  ],
  [
    '1 activities ran twice: their results were lost.',
    { ...eventful, work: { started: 40, completed: 40, ranTwice: 1 } },
  ],
  [
    'Stop the OAuth server: the worker was not back at the end, when it was over for 27.0 s.',
    { ...eventful, outages: [{ ...outage, backMs: undefined }] },
  ],
  [
    'Stop the OAuth server: the worker was not back at the end, when it was not over.',
    { ...eventful, outages: [{ ...outage, endMs: undefined, backMs: undefined }] },
  ],
  ['1 RPCs were refused, though nothing was broken.', { ...quiet, rpcs: { passed: 400, refused: 1 } }],
  [
    'No workflow was started: it ended before the worker ran.',
    { ...quiet, work: { started: 0, completed: 0, ranTwice: 0 } },
  ],
])('says in its last line: %s', (trouble, facts) => {
  expect(troubles(facts)).toEqual([trouble]);
  expect(summary(facts).at(-1)).toBe(trouble);
});

it('has a line for each outage with the seconds to the way back', () => {
  const momentary = { id: 2, title: 'Rotate the secret', startMs: 20_000, endMs: 20_000, backMs: undefined };
  expect(summary({ ...eventful, outages: [outage, momentary] })).toEqual([
    'Tokens       7, each good for 10 s',
    'Credentials  the environment',
    'Workflows    40 started, 40 completed',
    'Results      none lost',
    'RPCs         400 passed, 31 refused',
    '',
    'what broke             lasted, s  back after, s',
    'Stop the OAuth server        8.0            2.1',
    'Rotate the secret            0.0    not in 20.0',
    '',
    'Rotate the secret: the worker was not back at the end, when it was over for 20.0 s.',
  ]);
});

it('says so when nobody counts the calls, and tokens are not ours', () => {
  const lines = summary({ ...quiet, rpcs: undefined, lifetimeSeconds: undefined });
  expect(lines).toContain('RPCs         not counted');
  expect(lines).toContain('Tokens       7');
});

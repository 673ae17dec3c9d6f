import { expect, it } from 'vitest';
import type { LaneFigures, WorldFigures } from '../src/worlds/figures.ts';
import { laws } from '../src/worlds/laws.ts';
import { items, type World } from '../src/worlds/world.ts';

const world: World = {
  name: 'w',
  title: 'w',
  lifetimeSeconds: 300,
  connection: 'plugin',
  faults: [],
  work: [...items(2, 'short', 1), ...items(1, 'failing', 1)],
};
const lane: LaneFigures = {
  ...{ kind: 'plain', startMs: 2_000, deadAtMs: undefined, wasRunning: true, completed: 3 },
  ...{ runs: new Map(Object.entries({ 0: 1, 1: 1, 2: 2 })), delivered: new Set(['0', '1', '2']) },
  ...{ abandoned: [], timedOut: new Map(), reruns: [], exitMs: 100, exitCode: 0, unhandled: [] },
  ...{ doneAtMs: new Map(), awaitedAtMs: new Map(), called: [], handedOver: [] },
  ...{ log: [], health: [], sends: [], rejections: [], connectionsAtMs: [100], tokensAtMs: [50] },
};

/** What became of both lanes, of which this differs. */
function both(
  ours: Partial<LaneFigures>,
  plain: Partial<LaneFigures> = {},
  more: Partial<WorldFigures> = {},
): WorldFigures {
  const lanes = { ours: { ...lane, kind: 'ours', ...ours }, plain: { ...lane, ...plain } } as const;
  return { world, bornMs: 0, zeroMs: 3_000, terminatedMs: 60_000, moreStarts: [], ...lanes, ...more };
}

const brokenIn = (one: WorldFigures): readonly string[] =>
  laws.filter(({ broken }) => broken(one) !== undefined).map(({ name }) => name);
const ran = (times: Readonly<Record<string, number>>) => ({ runs: new Map(Object.entries(times)) });
const items01 = new Set(['0', '1']);
const times = (count: number, everyMs: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index * everyMs);
const sends = (count: number) =>
  times(count, 100).map((atMs) => ({ method: 'RespondActivityTaskCompleted', atMs }));
const timedOut = { delivered: items01, timedOut: new Map([['2', 19_000]]) };
const beats = [11_000, 15_000].map((atMs) => ({ method: 'RecordActivityTaskHeartbeat', atMs }));
const health = (temporal: string) => ({ health: [{ kind: 'health' as const, temporal, atMs: 59_000 }] });
const logged = (message: string) => ({ log: [{ kind: 'log', level: 'WARN', message, atMs: 1 } as const] });
const polled = { rejections: [{ method: 'PollActivityTaskQueue', atMs: 59_000 }] };
const fault = { breaks: '', back: 'workflow', begin: () => () => undefined } as const;
const rejecting = { world: { ...world, faults: [{ fault, rejectsEveryToken: true }] } };
const lost = { reruns: ['2 failing: activity StartToClose timeout'] };
const late = (kind: string) => ({ ...ran({ 0: 2 }), reruns: [`0 ${kind}: workflow task timed out`] });
const never = { startMs: undefined };
const at = (atMs: number, more: Partial<World> = {}) =>
  both(
    { doneAtMs: new Map([['0', atMs]]) },
    { doneAtMs: new Map([['0', 0]]) },
    { world: { ...world, ...more } },
  );
const called = (answered: number, state = 'good') =>
  both(
    { called: times(20, 1).map((index) => index < answered), ...health('good'), ...health(state) },
    { called: times(20, 1).map((index) => index < 10) },
    { world: { ...world, beside: 'deadlines', work: [] } },
  );
const awaited = (ms: number) => {
  const ends = (atMs: number) => ({ doneAtMs: new Map([['0', 0]]), awaitedAtMs: new Map([['0', atMs]]) });
  return both(ends(ms), ends(2_000), { world: { ...world, beside: 'waiting' } });
};

it('breaks no law where both lanes are the same', () => {
  expect(brokenIn(both({}))).toEqual([]);
});

it.each<readonly [law: string, why: string, broken: WorldFigures, kept: WorldFigures]>([
  ['starts', 'later', both({ startMs: 9_001 }), both({ startMs: 9_000 })],
  ['starts', 'never', both(never), both(never, never)],
  [
    'starts',
    'one more',
    both({}, {}, { moreStarts: [{ ...lane, ...never }] }),
    both({}, {}, { moreStarts: [lane] }),
  ],
  ['completes', 'fewer', both({ completed: 2 }), both({ completed: 2 }, { completed: 2 })],
  ['runs', 'more of what plain delivers', both(ran({ 0: 2 })), both(ran({ 0: 2 }), { delivered: new Set() })],
  [
    'runs',
    'more, but of a local one whose workflow task timed out',
    both(late('short')),
    both(late('local')),
  ],
  ['runs', 'more', both(ran({ 0: 2 })), both(ran({ 2: 2 }))],
  [
    'runs',
    'two more of what plain runs again',
    both(ran({ 0: 4 }), ran({ 0: 2 })),
    both(ran({ 0: 3 }), ran({ 0: 2 })),
  ],
  ['delivers', 'a result less', both({ delivered: items01 }), both({}, { delivered: new Set(['0']) })],
  [
    'delivers',
    'whose heartbeats were not sent, or accepted',
    both({ ...timedOut, sends: beats, rejections: beats.slice(1) }),
    both({ ...timedOut, sends: beats, rejections: beats }),
  ],
  ['delivers', 'never beating', both(timedOut), both({ ...timedOut, sends: beats, rejections: beats })],
  ['delivers', 'abandoned', both({ abandoned: ['0'] }), both({ abandoned: ['2'] }, { delivered: items01 })],
  [
    'delivers',
    'where plain lost another',
    both({ abandoned: ['0'] }, lost),
    both({ abandoned: ['2'] }, lost),
  ],
  ['tokens', 'too many', both({ tokensAtMs: times(14, 1_000) }), both({ tokensAtMs: times(13, 1_000) })],
  [
    'tokens',
    'that do not help',
    both({ tokensAtMs: times(7, 5_000) }, {}, rejecting),
    both({ tokensAtMs: times(6, 5_000) }, {}, rejecting),
  ],
  ['calls', 'too many', both({ sends: sends(25) }), both({ sends: sends(24) })],
  [
    'calls',
    'while rejected',
    both({ sends: sends(33), rejections: sends(33) }),
    both({ sends: sends(32), rejections: sends(32) }),
  ],
  [
    'connections',
    'too many',
    both({ connectionsAtMs: times(5, 10_000) }),
    both({ connectionsAtMs: [...times(4, 10_000), 61_000] }, {}, { terminatedMs: 90_000 }),
  ],
  [
    'connections',
    'than a plain worker that works',
    both({ connectionsAtMs: times(5, 10_000) }, { completed: 2 }),
    both({ connectionsAtMs: times(5, 10_000) }, { completed: 1 }),
  ],
  ['ends', 'later', both({ exitMs: 5_101 }), both({ exitMs: 5_100 })],
  [
    'ends',
    'while rejected',
    both({ exitMs: 30_001, completed: 2 }, { completed: 2 }),
    both({ exitMs: 29_999, completed: 2 }, { completed: 2 }),
  ],
  ['unhandled', 'a rejection', both({ unhandled: ['Error'] }), both({})],
  [
    'health',
    'good',
    both(health('good'), {}, rejecting),
    both({ ...health('rejected'), ...polled }, {}, rejecting),
  ],
  [
    'health',
    'a rejection in the log that never was',
    both(logged('Temporal rejects the token of the workers')),
    both(logged('Temporal does not answer')),
  ],
  ['health', 'wrong', both(health('rejected')), both(health('good'))],
  [
    'completes',
    'not all',
    both({ completed: 2 }, { completed: 2 }, { world: { ...world, mustComplete: true } }),
    both({}, { completed: 2 }, { world: { ...world, mustComplete: true } }),
  ],
  [
    'keeps',
    'a change',
    both({ handedOver: ['{"wasChanged":"YES"}'] }),
    both({ handedOver: ['{"wasChanged":"no"}'] }),
  ],
  ['lasts', 'late', at(7_001, { isTimely: true }), at(7_000, { isTimely: true })],
  ['lasts', 'late where results are late', at(7_001, { isTimely: true }), at(7_001)],
  ['answers', 'fewer', called(8), called(9)],
  ['waits', 'late', awaited(7_001), awaited(7_000)],
])('%s: %s', (law, _why, broken, kept) => {
  expect(brokenIn(broken)).toEqual([law]);
  expect(brokenIn(kept)).toEqual([]);
});

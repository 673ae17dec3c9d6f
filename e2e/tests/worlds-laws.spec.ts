import { expect, it } from 'vitest';
import type { LaneFigures, WorldFigures } from '../src/worlds/figures.ts';
import { laws } from '../src/worlds/laws.ts';
import { items, type World } from '../src/worlds/world.ts';

const world: World = {
  ...{ name: 'w', title: 'w', lifetimeSeconds: 300, connection: 'plugin', faults: [] },
  work: [...items(2, 'short', 1), ...items(1, 'failing', 1)],
};
const runs = new Map([
  ['0', 1],
  ['1', 1],
  ['2', 2],
]);
const lane: LaneFigures = {
  ...{
    kind: 'plain',
    startMs: 2_000,
    deadAtMs: undefined,
    wasRunning: true,
    completed: 3,
    runs,
    abandoned: [],
  },
  ...{ delivered: new Set(['0', '1', '2']), reruns: [], exitMs: 100, exitCode: 0, unhandled: [], log: [] },
  ...{ health: [], sends: [], rejections: [], connectionsAtMs: [100], tokensAtMs: [50] },
};

function figures(
  ours: Partial<LaneFigures>,
  plain: Partial<LaneFigures> = {},
  of: Partial<WorldFigures> = {},
): WorldFigures {
  return {
    ...{ world, bornMs: 0, zeroMs: 3_000, terminatedMs: 60_000, moreStarts: [] },
    ...{ ours: { ...lane, kind: 'ours', ...ours }, plain: { ...lane, ...plain } },
    ...of,
  };
}

const brokenIn = (one: WorldFigures): readonly string[] =>
  laws.filter(({ broken }) => broken(one) !== undefined).map(({ name }) => name);
const times = (count: number, everyMs: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index * everyMs);
const sends = (count: number, everyMs: number, method = 'RespondActivityTaskCompleted') =>
  times(count, everyMs).map((atMs) => ({ method, atMs }));
const health = (temporal: string) => [{ kind: 'health' as const, temporal, atMs: 59_000 }];
const rejecting: World = {
  ...world,
  faults: [
    { fault: { breaks: '', back: 'workflow', begin: () => () => undefined }, rejectsEveryToken: true },
  ],
};

it('breaks no law where both lanes are the same', () => {
  expect(brokenIn(figures({}))).toEqual([]);
});

it.each<readonly [law: string, why: string, broken: WorldFigures, kept: WorldFigures]>([
  ['starts', 'later', figures({ startMs: 9_001 }), figures({ startMs: 9_000 })],
  [
    'starts',
    'never',
    figures({ startMs: undefined }),
    figures({ startMs: undefined }, { startMs: undefined }),
  ],
  [
    ...(['starts', 'one of more'] as const),
    figures({}, {}, { moreStarts: [lane, { ...lane, startMs: undefined }] }),
    figures({}, {}, { moreStarts: [lane] }),
  ],
  ['completes', 'fewer', figures({ completed: 2 }), figures({ completed: 2 }, { completed: 2 })],
  [
    ...(['runs', 'more of what plain delivers'] as const),
    figures({ runs: new Map([['0', 2]]) }),
    figures({ runs: new Map([['0', 2]]) }, { delivered: new Set() }),
  ],
  [
    ...(['runs', 'more, a local one whose workflow task did not time out'] as const),
    figures({ runs: new Map([['0', 2]]), reruns: ['0 short: workflow task timed out'] }),
    figures({ runs: new Map([['0', 2]]), reruns: ['0 local: workflow task timed out'] }),
  ],
  ['runs', 'more', figures({ runs: new Map([['0', 2]]) }), figures({ runs: new Map([['2', 2]]) })],
  [
    ...(['runs', 'two more of what plain runs again too'] as const),
    figures({ runs: new Map([['0', 4]]) }, { runs: new Map([['0', 2]]) }),
    figures({ runs: new Map([['0', 3]]) }, { runs: new Map([['0', 2]]) }),
  ],
  [
    'delivers',
    'a result less',
    figures({ delivered: new Set(['0', '1']) }),
    figures({}, { delivered: new Set(['0']) }),
  ],
  [
    ...(['delivers', 'abandoned'] as const),
    figures({ abandoned: ['0'] }),
    figures({ abandoned: ['0'] }, { delivered: new Set(['1']) }),
  ],
  [
    ...(['delivers', 'abandoned where plain lost another one'] as const),
    figures({ abandoned: ['0'] }, { reruns: ['2 failing: activity StartToClose timeout'] }),
    figures({ abandoned: ['2'] }, { reruns: ['2 failing: activity StartToClose timeout'] }),
  ],
  [
    'tokens',
    'too many',
    figures({ tokensAtMs: times(14, 1_000) }),
    figures({ tokensAtMs: times(13, 1_000) }),
  ],
  [
    ...(['tokens', 'that do not help'] as const),
    figures({ tokensAtMs: times(7, 5_000) }, {}, { world: rejecting }),
    figures({ tokensAtMs: times(6, 5_000) }, {}, { world: rejecting }),
  ],
  ['calls', 'too many', figures({ sends: sends(25, 100) }), figures({ sends: sends(24, 100) })],
  [
    ...(['calls', 'while rejected'] as const),
    figures({ sends: sends(33, 100), rejections: sends(33, 100) }),
    figures({ sends: sends(32, 100), rejections: sends(32, 100) }),
  ],
  [
    ...(['connections', 'too many'] as const),
    figures({ connectionsAtMs: times(5, 10_000) }),
    figures({ connectionsAtMs: [...times(4, 10_000), 61_000] }, {}, { terminatedMs: 90_000 }),
  ],
  [
    ...(['connections', 'than a plain worker that works'] as const),
    figures({ connectionsAtMs: times(5, 10_000) }, { completed: 2 }),
    figures({ connectionsAtMs: times(5, 10_000) }, { completed: 1 }),
  ],
  ['ends', 'later', figures({ exitMs: 5_101 }), figures({ exitMs: 5_100 })],
  [
    ...(['ends', 'while rejected'] as const),
    figures({ exitMs: 30_001, completed: 2 }, { completed: 2 }),
    figures({ exitMs: 29_999, completed: 2 }, { completed: 2 }),
  ],
  ['unhandled', 'a rejection', figures({ unhandled: ['Error'] }), figures({})],
  [
    ...(['health', 'good while every token is rejected'] as const),
    figures({ health: health('good') }, {}, { world: rejecting }),
    figures(
      { health: health('rejected'), rejections: [{ method: 'PollActivityTaskQueue', atMs: 59_000 }] },
      {},
      { world: rejecting, terminatedMs: 60_000 },
    ),
  ],
  [
    ...(['health', 'a rejection in the log that never was'] as const),
    figures({ log: [{ kind: 'log', level: 'WARN', message: 'Temporal rejects the access token', atMs: 1 }] }),
    figures({ log: [{ kind: 'log', level: 'WARN', message: 'Temporal does not answer', atMs: 1 }] }),
  ],
  ['health', 'wrong', figures({ health: health('rejected') }), figures({ health: health('good') })],
])('%s: %s', (law, _why, broken, kept) => {
  expect(brokenIn(broken)).toEqual([law]);
  expect(brokenIn(kept)).toEqual([]);
});

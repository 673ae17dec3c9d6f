import { beforeEach, expect, it } from 'vitest';
import { Timeline } from '../src/demo/timeline.ts';

let nowMs: number;
let timeline: Timeline;

beforeEach(() => {
  nowMs = 5_000;
  timeline = new Timeline(() => nowMs);
});

it('tells of a token when it came, when the next one is asked for and when it ends, from its own beginning', () => {
  nowMs += 1_500;
  timeline.token(1, { lifetimeMs: 10_000, refreshInMs: 8_000 });
  expect(timeline.since(0).tokens).toEqual([
    { id: 1, startMs: 1_500, refreshMs: 9_500, endMs: 11_500, acceptedMs: 1_500 },
  ]);
});

it('counts calls and workflows by the second', () => {
  timeline.count('polls');
  timeline.count('polls');
  timeline.count('refused');
  nowMs += 1_000;
  timeline.count('completed');
  expect(timeline.since(0).seconds).toMatchObject([
    { id: 0, polls: 2, calls: 0, refused: 1, completed: 0 },
    { id: 1, polls: 0, calls: 0, refused: 0, completed: 1 },
  ]);
});

it('has a token that Temporal has not accepted, until it does', () => {
  timeline.token(1, { lifetimeMs: 10_000, refreshInMs: 8_000 }, 'aa');
  nowMs += 3_000;
  timeline.accepted('bb');
  expect(timeline.tokens).toMatchObject([{ id: 1, acceptedMs: undefined }]);
  timeline.accepted('aa');
  nowMs += 1_000;
  timeline.accepted('aa');
  expect(timeline.tokens).toMatchObject([{ id: 1, acceptedMs: 3_000 }]);
});

it('has one span for a state that is told again and again, and a second one when it comes back', () => {
  timeline.begin('refused');
  nowMs += 2_000;
  timeline.begin('refused');
  timeline.end('refused');
  nowMs += 1_000;
  timeline.end('refused');
  timeline.begin('refused');
  expect(timeline.since(0).spans).toMatchObject([
    { kind: 'refused', startMs: 0, endMs: 2_000 },
    { kind: 'refused', startMs: 3_000, endMs: undefined },
  ]);
});

it('ends the span of its own kind alone', () => {
  timeline.begin('refused');
  timeline.end('unreachable');
  expect(timeline.since(0).spans).toMatchObject([{ kind: 'refused', endMs: undefined }]);
});

it('tells how long the way back took, from the end of the cause', () => {
  const outage = timeline.outage('Refuse for 3 s');
  nowMs += 3_000;
  outage.ended();
  nowMs += 1_500;
  expect(outage.back()).toBe(1.5);
  expect(timeline.outages).toMatchObject([
    { title: 'Refuse for 3 s', startMs: 0, endMs: 3_000, backMs: 4_500 },
  ]);
});

it('gives what is new or changed since a revision, and nothing else', () => {
  timeline.note('plain', 'before');
  const outage = timeline.outage('Stop the OAuth server');
  const { revision } = timeline.since(0);
  timeline.note('plain', 'after');
  outage.ended();
  const changes = timeline.since(revision);
  expect(changes.notes).toMatchObject([{ text: 'after' }]);
  expect(changes.outages).toMatchObject([{ endMs: 0 }]);
  expect(timeline.since(changes.revision)).toMatchObject({ notes: [], outages: [] });
});

it('forgets the oldest of a kind beyond 600, however long it runs', () => {
  for (let second = 0; second < 700; second++) {
    timeline.count('calls');
    nowMs += 1_000;
  }
  const { seconds } = timeline.since(0);
  expect([seconds.length, seconds[0]?.id, seconds.at(-1)?.id]).toEqual([600, 100, 699]);
});

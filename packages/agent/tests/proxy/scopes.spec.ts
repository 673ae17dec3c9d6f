import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, expect, it } from 'vitest';
import { Scopes } from '../../src/proxy/scopes.ts';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { CallTokens } from '@worker-auth/calls/tokens/call-tokens';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';

const path = '/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue';
const reason = { code: 'TEMPORAL_REJECTS_TOKEN', cause: 'no' } as const;
let log: RecordingLogger;
let scopes: Scopes;
let conditions: Conditions;

beforeEach(() => {
  log = new RecordingLogger();
  const clock = new FakeClock();
  conditions = new Conditions(clock, log);
  const tokens = { getToken: () => Promise.resolve('t'), peek: () => 't', subscribe: () => () => undefined };
  const callTokens = new CallTokens(new TokenReplacement(tokens, clock));
  const options = { address: 'temporal:7233', clock, random: () => 0, conditions, logger: log, max: 100 };
  scopes = new Scopes(callTokens, options);
});

/** Calls in so many namespaces, which have ended. */
function call(connection: object, count: number, from = 0): void {
  for (let namespace = from; namespace < from + count; namespace++) {
    const scope = scopes.enter(String(namespace), path, connection);
    if (scope !== undefined) scopes.leave(scope);
  }
}

it('forgets of a connection that has more than its share what it has not used for the longest', () => {
  const [honest, other] = [{}, {}];
  const ours = scopes.enter('ours', path, honest);
  if (ours === undefined) throw new Error('There is one');
  scopes.leave(ours);
  call(other, 10_000);
  expect(scopes.size).toBe(50);
  expect(scopes.enter('ours', path, honest)).toBe(ours);
  expect(scopes.enter('9999', path, other)?.namespace).toBe('9999');
  const warnings = log.entries.filter(({ message }) => message.includes('namespaces and methods'));
  expect(warnings).toHaveLength(1);
});

it('never forgets one with calls in it, and has room for others all the same', () => {
  const [greedy, other] = [{}, {}];
  const pinned = Array.from({ length: 60 }, (_one, at) => scopes.enter(`g${at}`, path, greedy));
  expect(pinned.filter((scope) => scope === undefined)).toHaveLength(10);
  call(greedy, 1_000);
  expect(scopes.enter('g0', path, greedy)).toBe(pinned[0]);
  expect(scopes.enter('ours', path, other)?.namespace).toBe('ours');
});

it('has room again when the connections have left that used it', () => {
  for (let connection = 0; connection < 300; connection++) {
    const one = {};
    call(one, 60, connection * 60);
    scopes.closed(one);
  }
  expect(scopes.size).toBeLessThanOrEqual(100);
  const fresh = {};
  expect(scopes.enter('ours', path, fresh)?.namespace).toBe('ours');
});

it('says nothing more of a scope that it has forgotten', () => {
  const one = {};
  const scope = scopes.enter('held', path, one);
  if (scope === undefined) throw new Error('There is one');
  scopes.held(scope, reason);
  scopes.leave(scope);
  expect(scopes.troubles).toHaveLength(1);
  call(one, 49);
  expect(scopes.isHeld(scope)).toBe(true);
  scopes.closed(one);
  call({}, 50, 100);
  call({}, 25, 200);
  expect(scopes.troubles).toEqual([]);
});

it('knows no name that is too long', () => {
  expect(scopes.enter('n'.repeat(2_000), path, {})).toBeUndefined();
  expect(scopes.size).toBe(0);
});

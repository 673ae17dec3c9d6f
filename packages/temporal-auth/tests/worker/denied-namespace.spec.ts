import { TokenBudget } from '@worker-auth/internal';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import type { GetTokenOptions } from '@worker-auth/token-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { ConnectionFactory } from '../../src/connection/connection-factory.ts';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { MonitoredConnection } from '../../src/worker/monitored-connection.ts';
import { WorkerPlace } from '../../src/worker/worker-place.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-connection.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { RecordedEvents } from '@worker-auth/calls/tests/recorded-events';
import { Seeded } from '@worker-auth/calls/tests/seeded';

const methods = [
  'recordWorkerHeartbeat',
  'respondActivityTaskCompleted',
  'respondWorkflowTaskCompleted',
] as const;

type Method = (typeof methods)[number];

let clock: FakeClock;
let tokens: FakeTokens;
let monitored: MonitoredConnection;
let conditions: Conditions;
let log: RecordingLogger;
let isDenied: (method: Method, namespace: string, token: string) => boolean;
/** Probes that were rejected, and requests for another token. */
let rejected: Method[];
let requests: GetTokenOptions[];

/** A connection that permits what is not denied. */
function open(): FakeConnection {
  const connection = new FakeConnection([factory]);
  connection.told.push(tokens.current);
  for (const method of methods)
    connection.workflowService[method] = ({ namespace }) => {
      if (!isDenied(method, namespace, connection.tried ?? connection.told.at(-1) ?? ''))
        return Promise.resolve({});
      rejected.push(method);
      return Promise.reject(grpcError('PERMISSION_DENIED'));
    };
  return connection;
}

const factory = new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' });
factory.open = () => Promise.resolve(native(open()));

beforeEach(() => {
  [clock, tokens, requests, rejected] = [new FakeClock(), new FakeTokens(), [], []];
  isDenied = () => false;
  const budget = new TokenBudget(clock);
  tokens.getToken = (options: GetTokenOptions = {}) => {
    if (budget.draw(options.rejectedAs) > 0) return Promise.reject(new Error('The budget is spent'));
    requests.push(options);
    if (options.rejectedToken === tokens.current) tokens.refresh(`token ${requests.length}`);
    return Promise.resolve(tokens.current);
  };
  const [random, logger] = [new Seeded(1), new RecordingLogger()];
  [conditions, log] = [new Conditions(clock, logger), logger];
  monitored = new MonitoredConnection(native(open()), false, {
    ...{ clock, logger, conditions, events: new RecordedEvents() },
    ...{
      random: () => random.between(0, 1),
      acknowledgeResults: false,
      pendingResultsShare: 0.5,
      certificates: undefined,
    },
    replacement: new TokenReplacement(tokens, clock),
    onHealth: () => undefined,
  });
});

afterEach(() => monitored.stop());

function use(...namespaces: readonly string[]): void {
  for (const namespace of namespaces)
    new WorkerPlace(monitored, { namespace, log: undefined, monitor: () => monitored });
}

/** Rejected probes in a minute, and in each of the next ones. */
async function inMinutes(count: number): Promise<number[]> {
  const counts: number[] = [];
  for (let minute = 0; minute < count; minute++) {
    rejected = [];
    for (let second = 0; second < 60; second++) await clock.advance(1_000);
    counts.push(rejected.length);
  }
  return counts;
}

describe('a namespace that is denied', () => {
  it('beside one that is not is probed as rarely as Core polls', async () => {
    isDenied = (_method, namespace) => namespace === 'denied';
    use('default', 'denied');
    const [first = Infinity, ...next] = await inMinutes(5);
    expect(first).toBeLessThanOrEqual(31);
    expect(Math.max(...next)).toBeLessThanOrEqual(10);
    expect(requests.slice(1)).toEqual([]);
  });

  it('alone is probed by one method after another', async () => {
    isDenied = () => true;
    use('denied');
    const [, ...next] = await inMinutes(5);
    expect(Math.max(...next)).toBeLessThanOrEqual(100);
    const turns = methods.map((method) => rejected.filter((one) => one === method).length);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(3);
  });

  it('is understood once one method is permitted', async () => {
    isDenied = () => true;
    use('denied');
    await inMinutes(1);
    isDenied = (method) => method !== 'respondWorkflowTaskCompleted';
    await clock.advance(15_000);
    expect(monitored.healths[0]?.kind).toBe('good');
  });
});

describe('a method that alone is denied', () => {
  beforeEach(async () => {
    isDenied = (method) => method === 'recordWorkerHeartbeat';
    use('default');
    await clock.advance(1_000);
  });

  it('is not asked again, and costs no token', async () => {
    expect(rejected).toEqual(['recordWorkerHeartbeat']);
    expect(await inMinutes(2)).toEqual([0, 0]);
    expect([monitored.healths[0]?.kind, requests]).toEqual(['good', []]);
  });

  it('does not keep a new token from its place, nor one in place of a revoked one', async () => {
    tokens.refresh('second');
    await clock.advance(0);
    expect(monitored.token.current).toBe('second');
    isDenied = (method, _namespace, token) => method === 'recordWorkerHeartbeat' || token === 'second';
    await inMinutes(1);
    const { current } = monitored.token;
    expect([current, requests.length, monitored.healths[0]?.kind]).toEqual(['token 1', 1, 'good']);
  });
});

describe('a namespace that was accepted, and whose permission the next tokens lack', () => {
  const jwt = (name: string): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part({ sub: name, permissions: ['default:write'] })}.x`;
  };

  it('is told as a missing permission, with the claims of the token, and never as a rejected token', async () => {
    use('default', 'orders');
    await inMinutes(1);
    const codes = new Set<string>();
    isDenied = (_method, namespace, token) =>
      !tokens.activeTokens.includes(token) || (namespace === 'orders' && token !== 'first');
    for (const name of ['second', 'third', 'fourth']) {
      tokens.refresh(jwt(name));
      await inMinutes(1);
      // The one before is over.
      tokens.activeTokens = tokens.activeTokens.slice(-1);
      for (let second = 0; second < 60; second++) {
        await clock.advance(1_000);
        for (const { code } of conditions.list) codes.add(code);
      }
    }
    expect([...codes]).toEqual(['PERMISSION_MISSING']);
    const [condition] = conditions.list;
    expect(condition?.scope).toMatchObject({ namespace: 'orders' });
    expect(condition?.cause).toContain('accepts the token');
    expect(condition?.cause).toContain('"orders:write"');
    expect(condition?.cause).toContain('permissions ["default:write"]');
    const kept = 'One namespace or more rejects the new access token; workers keep the one before';
    expect(log.matching('workers keep the one before').map(({ message }) => message)).toEqual([kept]);
    expect(log.matching('Temporal rejects the token')).toEqual([]);
    isDenied = () => false;
    await inMinutes(1);
    expect(conditions.list).toEqual([]);
  });
});

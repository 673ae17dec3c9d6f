import { TokenManager } from '@worker-auth/token-manager';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { type KnownTokens, TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { MonitoredConnection } from '../../src/worker/monitored-connection.ts';
import { WorkerPlace } from '../../src/worker/worker-place.ts';
import { FakeConnection, native } from '../support/fake-connection.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { RecordedEvents } from '@worker-auth/calls/tests/recorded-events';
import { Seeded, worldSeeds } from '@worker-auth/calls/tests/seeded';

// Workers on a native connection, with a token manager, while tokens that live an hour are revoked: nothing but the network is a fake.

/** Between requests for tokens that did not help, the budget waits so long at most, and a probe may be late, in ms. */
const boundMs = 60_000 + 5_000;
const stepMs = 250;

class RevokedWorld {
  readonly clock = new FakeClock();
  readonly requestedMs: number[] = [];
  /** The longest time in which the workers' token was rejected. */
  longestMs = 0;
  readonly #random: Seeded;
  readonly #rejected = new Map<string | undefined, Error>();
  readonly #issued: string[] = [];
  readonly #manager: TokenManager;
  readonly #monitored: MonitoredConnection;
  /** Whether results of activities are reported all the time. */
  readonly #isBusy: boolean;
  #rejectedMs = 0;

  constructor(seed: number, isBusy = seed % 2 === 0) {
    this.#random = new Seeded(seed);
    this.#isBusy = isBusy;
    const { clock } = this;
    const manager = new TokenManager({
      clock,
      random: () => this.#random.between(0, 1),
      tokenUrl: 'https://auth.example.com/token',
      credentials: { clientId: 'a', clientSecret: 'b' },
      fetch: () => {
        const token = `token-${this.#issued.length}`;
        this.#issued.push(token);
        this.requestedMs.push(clock.monotonicNow());
        return Promise.resolve(
          Response.json({ access_token: token, token_type: 'Bearer', expires_in: 3_600 }),
        );
      },
    });
    this.#manager = manager;
    const tokens: KnownTokens = {
      getToken: manager.getToken.bind(manager),
      peek: manager.peek.bind(manager),
      subscribe: manager.subscribe.bind(manager),
      get activeTokens() {
        return manager.activeTokens();
      },
    };
    const logger = new RecordingLogger();
    this.#monitored = new MonitoredConnection(native(this.#open('token-0')), false, {
      ...{ clock, logger, conditions: new Conditions(clock, logger), events: new RecordedEvents() },
      ...{
        random: () => this.#random.between(0, 1),
        acknowledgeResults: false,
        pendingResultsShare: 0.5,
        certificates: undefined,
      },
      replacement: new TokenReplacement(tokens, clock),
      onHealth: () => undefined,
    });
  }

  /** Time goes on until a token is in use that Temporal accepts, and then for so long. */
  async pass(ms: number): Promise<void> {
    for (let goodMs = 0; goodMs < ms; goodMs += stepMs) {
      await this.clock.advance(stepMs);
      const isRejected = this.#rejected.has(this.#monitored.token.current);
      if (this.#isBusy) this.#report(isRejected);
      this.#rejectedMs = isRejected ? this.#rejectedMs + stepMs : 0;
      if (isRejected) goodMs = -stepMs;
      this.longestMs = Math.max(this.longestMs, this.#rejectedMs);
      if (this.#rejectedMs > boundMs) throw new Error(`No accepted token for ${this.#rejectedMs} ms`);
    }
  }

  async begin(): Promise<void> {
    this.#manager.start();
    await this.clock.advance(0);
    const monitor = (): MonitoredConnection => this.#monitored;
    await new WorkerPlace(this.#monitored, { namespace: 'default', log: undefined, monitor }).ready();
    await this.pass(5_000);
  }

  /** Revokes the newest token, or all. */
  revoke(isAll: boolean): void {
    for (const token of isAll ? this.#issued : this.#issued.slice(-1))
      this.#rejected.set(token, grpcError('PERMISSION_DENIED'));
  }

  /** Another token comes, whatever becomes of the one before. */
  async refresh(): Promise<void> {
    await Promise.all([this.#manager.getToken({ forceRefresh: true }), this.clock.advance(0)]);
  }

  /** Another connection takes the place of the workers', with the newest token, and has learnt nothing. */
  replaceConnection(): void {
    const newest = this.#manager.peek() ?? '';
    this.#monitored.token.replaceConnection(native(this.#open(newest)), newest);
  }

  async end(): Promise<void> {
    await this.#monitored.stop();
    await this.#manager.stop();
  }

  /** 50 tokens, of which 40 are revoked at any moment. */
  async play(): Promise<void> {
    const random = this.#random;
    await this.begin();
    for (let revocations = 0, others = 0; revocations < 40 || others < 10;) {
      await this.pass(random.isLikely(0.3) ? random.between(250, 4_000) : random.between(4_000, 40_000));
      if (others < 10 && (revocations === 40 || random.isLikely(0.2))) {
        others++;
        await this.refresh();
        continue;
      }
      revocations++;
      this.revoke(random.isLikely(0.2));
      if (random.isLikely(0.1)) this.replaceConnection();
    }
    await this.pass(60_000);
    await this.end();
  }

  #report(isRejected: boolean): void {
    const { token } = this.#monitored;
    const answered = [token.scope('default', 'RespondActivityTaskCompleted'), token.current] as const;
    if (isRejected) void token.rejected(...answered, this.clock.monotonicNow());
    else token.accepted(...answered, this.clock.monotonicNow());
  }

  #open(token: string): FakeConnection {
    const connection = new FakeConnection();
    connection.told.push(token);
    connection.rejected = this.#rejected;
    return connection;
  }
}

const inMinute = (timesMs: readonly number[]): number =>
  Math.max(
    ...timesMs.map((fromMs) => timesMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 60_000).length),
  );

describe('a token that is revoked is replaced within the budget', () => {
  const soonMs = [0, 250, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500];

  /** Nine tokens are revoked, and a tenth soon after it was accepted. */
  async function revokeTen(world: RevokedWorld, afterMs: number): Promise<void> {
    await world.begin();
    for (let revocations = 0; revocations < 9; revocations++) {
      world.revoke(false);
      await world.pass(10_000);
    }
    world.revoke(false);
    await world.pass(stepMs + afterMs);
  }

  it.each(soonMs)('as the tenth one, %d ms after it was accepted', async (afterMs) => {
    const world = new RevokedWorld(afterMs, true);
    await revokeTen(world, afterMs);
    world.revoke(false);
    await world.pass(10_000);
    await world.end();
  });

  it.each(soonMs)('as the first one on another connection, %d ms after it was accepted', async (afterMs) => {
    const world = new RevokedWorld(afterMs, true);
    await revokeTen(world, 10_000);
    world.replaceConnection();
    await world.pass(afterMs);
    world.revoke(false);
    await world.pass(10_000);
    await world.end();
  });

  it.each(worldSeeds(60))('among fifty, in world %d', async (seed) => {
    const world = new RevokedWorld(seed);
    await world.play();
    expect(inMinute(world.requestedMs)).toBeLessThanOrEqual(12 + 5);
  });
});

import { setImmediate } from 'node:timers/promises';
import { untilAborted } from '../../src/fakes/until-aborted.ts';
import { FakeClock, type Lease, type RenewFixture } from '../../src/index.ts';

/** What the server behind a {@link ModelRenewal} answers: a life in seconds, or a refusal. */
export interface ModelGrant {
  readonly value?: string;
  readonly seconds?: number;
  readonly retryAfterSeconds?: number;
}

/** The server: a request takes a turn to arrive, its response another. */
export class ModelServer {
  requests = 0;
  seconds = 60;
  state: 'well' | 'failing' | 'malformed' = 'well';
  retryAfterSeconds: number | undefined;
  opened: Promise<void> | undefined;

  async answer(): Promise<ModelGrant> {
    await setImmediate();
    const number = ++this.requests;
    await this.opened;
    await setImmediate();
    if (this.state === 'malformed') return {};
    if (this.state === 'failing') {
      const { retryAfterSeconds } = this;
      return retryAfterSeconds === undefined ? { value: 'refused' } : { value: 'refused', retryAfterSeconds };
    }
    return { value: `session-${number}`, seconds: this.seconds };
  }
}

/** The smallest `renew` that keeps the contract. Its parts are methods, so that a test can break one. */
export class ModelRenewal {
  readonly server = new ModelServer();
  readonly clock = new FakeClock();
  readonly secret = 'the-secret-of-the-model';

  async renew(signal: AbortSignal): Promise<Lease<unknown>> {
    signal.throwIfAborted();
    const obtainedAt = this.now();
    return this.lease(await this.untilAborted(this.server.answer(), signal), obtainedAt);
  }

  now(): Lease<unknown>['obtainedAt'] {
    return { monotonicMs: this.clock.monotonicNow(), wallMs: this.clock.wallNow() };
  }

  lease(grant: ModelGrant, obtainedAt: Lease<unknown>['obtainedAt']): Lease<unknown> {
    if (grant.value === undefined) throw this.error('The response is no lease', grant);
    if (grant.seconds === undefined) throw this.error('The server refused', grant);
    return { value: grant.value, obtainedAt, lifetimeMs: this.lifetimeMs(grant.seconds) };
  }

  lifetimeMs(seconds: number): number {
    return seconds * 1_000;
  }

  error(message: string, { retryAfterSeconds }: ModelGrant): Error {
    const error = new Error(message);
    return retryAfterSeconds === undefined
      ? error
      : Object.assign(error, { retryAfterMs: retryAfterSeconds * 1_000 });
  }

  untilAborted(work: Promise<ModelGrant>, signal: AbortSignal): Promise<ModelGrant> {
    return untilAborted(work, signal);
  }
}

/** A fixture of a model that `breakIt` may have broken. */
export function renewFixture(breakIt?: (model: ModelRenewal) => void): RenewFixture {
  const model = new ModelRenewal();
  breakIt?.(model);
  const { clock, server } = model;
  return {
    renew: (signal) => model.renew(signal),
    clock,
    secrets: [model.secret],
    grant: (lifetimeMs) => {
      server.seconds = lifetimeMs / 1_000;
    },
    requests: () => server.requests,
    failRequests: () => {
      server.state = 'failing';
    },
    recoverRequests: () => {
      server.state = 'well';
    },
    holdRequests: () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      server.opened = promise.then(() => undefined);
      return () => {
        server.opened = undefined;
        resolve(undefined);
      };
    },
    pass: (ms) => clock.advance(ms),
    answerMalformed: () => {
      server.state = 'malformed';
    },
    throttle: (retryAfterMs) => {
      server.state = 'failing';
      server.retryAfterSeconds = retryAfterMs / 1_000;
    },
  };
}

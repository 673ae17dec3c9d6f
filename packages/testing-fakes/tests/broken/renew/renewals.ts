import type { Lease } from '../../../src/index.ts';
import type { ModelRenewal } from '../../support/model-renewal.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';

/** Renewals with one fault each, which the contract must notice. */
export const brokenRenewals: FaultsByCase<(model: ModelRenewal) => void> = {
  'gives a lease with a value, a moment by both clocks and a life, all finite numbers': {
    'gives no value': withLease((lease) => ({ ...lease, value: undefined })),
    'gives null': withLease((lease) => ({ ...lease, value: null })),
    'gives an empty text': withLease((lease) => ({ ...lease, value: '' })),
    'gives a life of no time': withLease((lease) => ({ ...lease, lifetimeMs: 0 })),
    'gives a life as text': withLease((lease) => ({
      ...lease,
      lifetimeMs: String(lease.lifetimeMs) as unknown as number,
    })),
    'gives a life without end': withLease((lease) => ({ ...lease, lifetimeMs: Infinity })),
    'gives the monotonic clock alone': withLease(({ obtainedAt, ...lease }) => ({
      ...lease,
      obtainedAt: { monotonicMs: obtainedAt.monotonicMs } as Lease<unknown>['obtainedAt'],
    })),
    'gives the wall clock alone': withLease(({ obtainedAt, ...lease }) => ({
      ...lease,
      obtainedAt: { wallMs: obtainedAt.wallMs } as Lease<unknown>['obtainedAt'],
    })),
  },
  'says the life that the server gave, in milliseconds, and never a longer one': {
    'gives a life in seconds': (model) => {
      model.lifetimeMs = (seconds) => seconds;
    },
    'keeps half of the life for safety, and more': (model) => {
      model.lifetimeMs = (seconds) => seconds * 499;
    },
    'gives the life of a constant': (model) => {
      model.lifetimeMs = () => 600_000;
    },
    'gives the life of the first response': (model) => {
      let firstMs: number | undefined;
      model.lifetimeMs = (seconds) => (firstMs ??= seconds * 1_000);
    },
    'gives the moment of the end for the life': withLease((lease) => ({
      ...lease,
      lifetimeMs: lease.obtainedAt.wallMs + lease.lifetimeMs,
    })),
    'adds a grace to the life': (model) => {
      model.lifetimeMs = (seconds) => seconds * 1_000 + 5_000;
    },
  },
  'begins the life of a lease within the call, by each clock': {
    'swaps the clocks': withLease(({ obtainedAt: { monotonicMs, wallMs }, ...lease }) => ({
      ...lease,
      obtainedAt: { monotonicMs: wallMs, wallMs: monotonicMs },
    })),
    "reads the host's clock in place of the one given": (model) => {
      model.now = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });
    },
    'reads the wall clock in seconds': (model) => {
      const now = model.now.bind(model);
      model.now = () => ({ ...now(), wallMs: now().wallMs / 1_000 });
    },
    'reads the clock when it is made': (model) => {
      const made = { monotonicMs: model.clock.monotonicNow() - 1, wallMs: model.clock.wallNow() - 1 };
      model.now = () => made;
    },
  },
  'begins the life of a lease when its request is sent, however late the response comes': {
    'begins the life when the response is there': (model) => {
      const lease = model.lease.bind(model);
      model.lease = (grant) => lease(grant, model.now());
    },
  },
  'obtains a new lease each time, and leaves those before as they were': {
    'remembers its lease': (model) => {
      const renew = model.renew.bind(model);
      let lease: Lease<unknown> | undefined;
      model.renew = async (signal) => (lease ??= await renew(signal));
    },
    'gives the same object, changed': (model) => {
      const lease = model.lease.bind(model);
      const same = {};
      model.lease = (grant, obtainedAt) => Object.assign(same, lease(grant, obtainedAt));
    },
    'asks twice for one lease': (model) => {
      const renew = model.renew.bind(model);
      model.renew = async (signal) => {
        await renew(signal);
        return await renew(signal);
      };
    },
  },
  'rejects when the server refuses, although it gave a lease before, and shows no secret': {
    'gives the lease of before when the server refuses': (model) => {
      const renew = model.renew.bind(model);
      let last: Lease<unknown> | undefined;
      model.renew = async (signal) => {
        try {
          return (last = await renew(signal));
        } catch (error) {
          if (last === undefined || signal.aborted) throw error;
          return last;
        }
      };
    },
    'gives undefined when the server refuses': (model) => {
      const renew = model.renew.bind(model);
      model.renew = async (signal) => {
        try {
          return await renew(signal);
        } catch (error) {
          if (signal.aborted) throw error;
          return undefined as unknown as Lease<unknown>;
        }
      };
    },
    'tries again by itself': (model) => {
      const renew = model.renew.bind(model);
      model.renew = (signal) => renew(signal).catch(() => renew(signal));
    },
    'shows its secret in an error': (model) => {
      const error = model.error.bind(model);
      model.error = (message, grant) =>
        Object.assign(error(message, grant), { request: { body: `secret=${model.secret}` } });
    },
    'rejects with a text': (model) => {
      model.error = (message) => message as unknown as Error;
    },
    'rejects without a word': (model) => {
      model.error = () => new Error();
    },
  },
  'gives a lease again as soon as the server does': {
    'remembers its failure': (model) => {
      const renew = model.renew.bind(model);
      let failed: Promise<Lease<unknown>> | undefined;
      model.renew = (signal) => {
        const renewing = failed ?? renew(signal);
        renewing.catch(() => (failed = renewing));
        return renewing;
      };
    },
  },
  'rejects for a response that is no lease': {
    'makes a lease of what is none': (model) => {
      const lease = model.lease.bind(model);
      model.lease = (grant, obtainedAt) =>
        grant.value === undefined ? { value: grant, obtainedAt, lifetimeMs: NaN } : lease(grant, obtainedAt);
    },
  },
  'says for how long the server asks not to be called, in milliseconds': {
    'drops the wait that the server asked for': (model) => {
      model.error = (message) => new Error(message);
    },
    'gives the wait in seconds': (model) => {
      model.error = (message, { retryAfterSeconds }) =>
        retryAfterSeconds === undefined
          ? new Error(message)
          : Object.assign(new Error(message), { retryAfterMs: retryAfterSeconds });
    },
  },
  'says no wait that the server did not ask for as anything but a number of milliseconds': {
    'gives the text of the field for a wait': (model) => {
      model.error = (message) => Object.assign(new Error(message), { retryAfterMs: '' });
    },
    'gives a wait that is over': (model) => {
      model.error = (message) => Object.assign(new Error(message), { retryAfterMs: -1 });
    },
    'gives NaN for a wait that nobody asked for': (model) => {
      model.error = (message, { retryAfterSeconds }) =>
        Object.assign(new Error(message), { retryAfterMs: Number(retryAfterSeconds) * 1_000 });
    },
  },
  'rejects with no request when its signal was aborted before': {
    'asks although its signal was aborted before': (model) => {
      const renew = model.renew.bind(model);
      model.renew = (signal) => {
        if (signal.aborted) void model.server.answer();
        return renew(signal);
      };
    },
    'ignores its signal': (model) => {
      const renew = model.renew.bind(model);
      model.renew = () => renew(new AbortController().signal);
    },
  },
  'ends when its signal aborts while the server is silent': {
    'looks at its signal only when it is called': (model) => {
      model.untilAborted = (work) => work;
    },
    'repeats for ever that it was given up': (model) => {
      const renew = model.renew.bind(model);
      let first: Promise<Lease<unknown>> | undefined;
      model.renew = (signal) => (first ??= renew(signal));
    },
    'gives undefined when its signal aborts': (model) => {
      const renew = model.renew.bind(model);
      model.renew = (signal) =>
        renew(signal).catch((error: unknown) => {
          if (signal.aborted) return undefined as unknown as Lease<unknown>;
          throw error;
        });
    },
  },
  'leaves no listener on the signal of a caller who goes on': {
    'leaves its listener on the signal': (model) => {
      const untilAborted = model.untilAborted.bind(model);
      model.untilAborted = (work, signal) => {
        signal.addEventListener('abort', () => undefined);
        return untilAborted(work, signal);
      };
    },
  },
  'prints no secret': {
    'prints its secret for those who debug': (model) => {
      const answer = model.server.answer.bind(model.server);
      model.server.answer = () => {
        console.debug(`asking with ${model.secret}`);
        return answer();
      };
    },
  },
  'leaves no rejection unhandled when it is given up and then fails': {
    'leaves its request unhandled when it is given up': (model) => {
      const answer = model.server.answer.bind(model.server);
      model.server.answer = async () => {
        const grant = await answer();
        if (grant.seconds === undefined) throw new Error('refused');
        return grant;
      };
      model.untilAborted = async (work, signal) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
          setImmediate(() => {
            if (!signal.aborted) resolve(undefined);
          });
        });
        signal.throwIfAborted();
        return await work;
      };
    },
  },
};

function withLease(change: (lease: Lease<unknown>) => Lease<unknown>): (model: ModelRenewal) => void {
  return (model) => {
    const lease = model.lease.bind(model);
    model.lease = (grant, obtainedAt) => change(lease(grant, obtainedAt));
  };
}

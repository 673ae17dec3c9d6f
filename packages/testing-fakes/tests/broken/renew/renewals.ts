import type { LeaseUnderTest } from '../../../src/index.ts';
import type { ModelRenewal } from '../../support/model-renewal.ts';

interface BrokenRenewal {
  /** What is wrong, and nothing else is. */
  readonly fault: string;
  /** A case that must notice it. */
  readonly caughtBy: string;
  readonly breakIt: (model: ModelRenewal) => void;
}

const byShape = 'gives a lease with a value, a moment by both clocks and a life, all finite numbers';
const byLife = 'says the life that the server gave, in milliseconds, and never a longer one';
const byCall = 'begins the life of a lease within the call, by each clock';
const bySlow = 'begins the life of a lease when its request is sent, however late the answer comes';
const byNew = 'obtains a new lease each time, and leaves those before as they were';
const byRefused = 'rejects when the server refuses, although it gave a lease before, and shows no secret';
const byRetryAfter = 'says for how long the server asks not to be called, in milliseconds';
const byBefore = 'rejects with no request when its signal was aborted before';
const bySilent = 'ends when its signal aborts while the server is silent';

/** Renewals with one fault each, which the contract must notice. */
export function brokenRenewals(): readonly BrokenRenewal[] {
  return [
    {
      fault: 'gives no value',
      caughtBy: byShape,
      breakIt: withLease((lease) => ({ ...lease, value: undefined })),
    },
    {
      fault: 'gives a life as text',
      caughtBy: byShape,
      breakIt: withLease((lease) => ({
        ...lease,
        lifetimeMs: String(lease.lifetimeMs) as unknown as number,
      })),
    },
    {
      fault: 'gives a life without end',
      caughtBy: byShape,
      breakIt: withLease((lease) => ({ ...lease, lifetimeMs: Infinity })),
    },
    {
      fault: 'gives the wall clock alone',
      caughtBy: byShape,
      breakIt: withLease(({ obtainedAt, ...lease }) => ({
        ...lease,
        obtainedAt: { wallMs: obtainedAt.wallMs } as LeaseUnderTest['obtainedAt'],
      })),
    },
    {
      fault: 'gives a life in seconds',
      caughtBy: byLife,
      breakIt: (model) => {
        model.lifetimeMs = (seconds) => seconds;
      },
    },
    {
      fault: 'gives the life of a constant',
      caughtBy: byLife,
      breakIt: (model) => {
        model.lifetimeMs = () => 600_000;
      },
    },
    {
      fault: 'gives the life of the first answer',
      caughtBy: byLife,
      breakIt: (model) => {
        let firstMs: number | undefined;
        model.lifetimeMs = (seconds) => (firstMs ??= seconds * 1_000);
      },
    },
    {
      fault: 'gives the moment of the end for the life',
      caughtBy: byLife,
      breakIt: withLease((lease) => ({ ...lease, lifetimeMs: lease.obtainedAt.wallMs + lease.lifetimeMs })),
    },
    {
      fault: 'adds a grace to the life',
      caughtBy: byLife,
      breakIt: (model) => {
        model.lifetimeMs = (seconds) => seconds * 1_000 + 5_000;
      },
    },
    {
      fault: 'swaps the clocks',
      caughtBy: byCall,
      breakIt: withLease(({ obtainedAt: { monotonicMs, wallMs }, ...lease }) => ({
        ...lease,
        obtainedAt: { monotonicMs: wallMs, wallMs: monotonicMs },
      })),
    },
    {
      fault: "reads the host's clock in place of the one given",
      caughtBy: byCall,
      breakIt: (model) => {
        model.now = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });
      },
    },
    {
      fault: 'reads the wall clock in seconds',
      caughtBy: byCall,
      breakIt: (model) => {
        const now = model.now.bind(model);
        model.now = () => ({ ...now(), wallMs: now().wallMs / 1_000 });
      },
    },
    {
      fault: 'begins the life when the answer is there',
      caughtBy: bySlow,
      breakIt: (model) => {
        const lease = model.lease.bind(model);
        model.lease = (grant) => lease(grant, model.now());
      },
    },
    {
      fault: 'reads the clock when it is made',
      caughtBy: byCall,
      breakIt: (model) => {
        const made = { monotonicMs: model.clock.monotonicNow() - 1, wallMs: model.clock.wallNow() - 1 };
        model.now = () => made;
      },
    },
    {
      fault: 'remembers its lease',
      caughtBy: byNew,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        let lease: LeaseUnderTest | undefined;
        model.renew = async (signal) => (lease ??= await renew(signal));
      },
    },
    {
      fault: 'gives the same object, changed',
      caughtBy: byNew,
      breakIt: (model) => {
        const lease = model.lease.bind(model);
        const same = {};
        model.lease = (grant, obtainedAt) => Object.assign(same, lease(grant, obtainedAt));
      },
    },
    {
      fault: 'asks twice for one lease',
      caughtBy: byNew,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        model.renew = async (signal) => {
          await renew(signal);
          return await renew(signal);
        };
      },
    },
    {
      fault: 'gives the lease of before when the server refuses',
      caughtBy: byRefused,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        let last: LeaseUnderTest | undefined;
        model.renew = async (signal) => {
          try {
            return (last = await renew(signal));
          } catch (error) {
            if (last === undefined || signal.aborted) throw error;
            return last;
          }
        };
      },
    },
    {
      fault: 'gives undefined when the server refuses',
      caughtBy: byRefused,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        model.renew = async (signal) => {
          try {
            return await renew(signal);
          } catch (error) {
            if (signal.aborted) throw error;
            return undefined as unknown as LeaseUnderTest;
          }
        };
      },
    },
    {
      fault: 'tries again by itself',
      caughtBy: byRefused,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        model.renew = (signal) => renew(signal).catch(() => renew(signal));
      },
    },
    {
      fault: 'shows its secret in an error',
      caughtBy: byRefused,
      breakIt: (model) => {
        const error = model.error.bind(model);
        model.error = (message, grant) =>
          Object.assign(error(message, grant), { request: { body: `secret=${model.secret}` } });
      },
    },
    {
      fault: 'rejects with a text',
      caughtBy: byRefused,
      breakIt: (model) => {
        model.error = (message) => message as unknown as Error;
      },
    },
    {
      fault: 'remembers its failure',
      caughtBy: 'gives a lease again as soon as the server does',
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        let failed: Promise<LeaseUnderTest> | undefined;
        model.renew = (signal) => {
          const renewing = failed ?? renew(signal);
          renewing.catch(() => (failed = renewing));
          return renewing;
        };
      },
    },
    {
      fault: 'makes a lease of what is none',
      caughtBy: 'rejects for an answer that is no lease',
      breakIt: (model) => {
        const lease = model.lease.bind(model);
        model.lease = (grant, obtainedAt) =>
          grant.value === undefined
            ? { value: grant, obtainedAt, lifetimeMs: NaN }
            : lease(grant, obtainedAt);
      },
    },
    {
      fault: 'drops the wait that the server asked for',
      caughtBy: byRetryAfter,
      breakIt: (model) => {
        model.error = (message) => new Error(message);
      },
    },
    {
      fault: 'gives the wait in seconds',
      caughtBy: byRetryAfter,
      breakIt: (model) => {
        model.error = (message, { retryAfterSeconds }) =>
          retryAfterSeconds === undefined
            ? new Error(message)
            : Object.assign(new Error(message), { retryAfterMs: retryAfterSeconds });
      },
    },
    {
      fault: 'gives NaN for a wait that nobody asked for',
      caughtBy: 'says no wait that the server did not ask for as anything but a number of milliseconds',
      breakIt: (model) => {
        model.error = (message, { retryAfterSeconds }) =>
          Object.assign(new Error(message), { retryAfterMs: Number(retryAfterSeconds) * 1_000 });
      },
    },
    {
      fault: 'asks although its signal was aborted before',
      caughtBy: byBefore,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        model.renew = (signal) => {
          if (signal.aborted) void model.server.answer();
          return renew(signal);
        };
      },
    },
    {
      fault: 'ignores its signal',
      caughtBy: byBefore,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        model.renew = () => renew(new AbortController().signal);
      },
    },
    {
      fault: 'looks at its signal only when it is called',
      caughtBy: bySilent,
      breakIt: (model) => {
        model.untilAborted = (work) => work;
      },
    },
    {
      fault: 'gives undefined when its signal aborts',
      caughtBy: bySilent,
      breakIt: (model) => {
        const renew = model.renew.bind(model);
        model.renew = (signal) =>
          renew(signal).catch((error: unknown) => {
            if (signal.aborted) return undefined as unknown as LeaseUnderTest;
            throw error;
          });
      },
    },
    {
      fault: 'leaves its listener on the signal',
      caughtBy: 'leaves no listener on the signal of a caller who goes on',
      breakIt: (model) => {
        const untilAborted = model.untilAborted.bind(model);
        model.untilAborted = (work, signal) => {
          signal.addEventListener('abort', () => undefined);
          return untilAborted(work, signal);
        };
      },
    },
    {
      fault: 'prints its secret for those who debug',
      caughtBy: 'prints no secret',
      breakIt: (model) => {
        const answer = model.server.answer.bind(model.server);
        model.server.answer = () => {
          console.debug(`asking with ${model.secret}`);
          return answer();
        };
      },
    },
    {
      fault: 'leaves its request unhandled when it is given up',
      caughtBy: 'leaves no rejection unhandled when it is given up and then fails',
      breakIt: (model) => {
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
  ];
}

function withLease(change: (lease: LeaseUnderTest) => LeaseUnderTest): BrokenRenewal['breakIt'] {
  return (model) => {
    const lease = model.lease.bind(model);
    model.lease = (grant, obtainedAt) => change(lease(grant, obtainedAt));
  };
}

import type { Lease } from '@worker-auth/ports';
import { checkLeavesNoListener } from '../abort-listeners.ts';
import { check, checkSame } from '../checks.ts';
import { afterTurns } from '../../host-time.ts';
import { checkPrintsNone } from '../printed.ts';
import { type RenewCase, type RenewFixture, renewPromises as promises } from './renew-under-test.ts';

const lifetimeMs = 600_000;
/** Whoever takes a part of the life for safety takes less than this share. */
const maxMarginShare = 0.5;
const slowMs = 5_000;

/** What a lease says of itself. */
export function leaseCases(): readonly RenewCase[] {
  return [
    {
      name: 'gives a lease with a value, a moment by both clocks and a life, all finite numbers',
      promise: promises.renew,
      body: async (fixture) => {
        const lease = await renewed(fixture);
        check(
          lease.value !== undefined && lease.value !== null && lease.value !== '',
          'It must have a value',
        );
        for (const key of ['monotonicMs', 'wallMs'] as const) {
          check(Number.isFinite(lease.obtainedAt[key]), `obtainedAt.${key} must be a finite number`);
        }
        check(Number.isFinite(lease.lifetimeMs) && lease.lifetimeMs > 0, 'lifetimeMs must be above 0');
      },
    },
    {
      name: 'says the life that the server gave, in milliseconds, and never a longer one',
      promise: promises.lifetime,
      body: async (fixture) => {
        for (const grantedMs of [lifetimeMs, 60_000, 3 * lifetimeMs]) {
          await fixture.grant(grantedMs);
          const { lifetimeMs: saidMs } = await fixture.renew(new AbortController().signal);
          check(saidMs <= grantedMs, `A life of ${saidMs} is longer than the granted ${grantedMs} ms`);
          const leastMs = grantedMs * (1 - maxMarginShare);
          check(saidMs >= leastMs, `A life of ${saidMs} is much shorter than the granted ${grantedMs} ms`);
        }
      },
    },
    {
      name: 'begins the life of a lease within the call, by each clock',
      promise: promises.obtainedAt,
      body: async (fixture) => {
        const { clock } = fixture;
        const before = { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
        const { obtainedAt } = await renewed(fixture);
        const after = { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
        for (const key of ['monotonicMs', 'wallMs'] as const) {
          const isWithin = obtainedAt[key] >= before[key] && obtainedAt[key] <= after[key];
          check(isWithin, `obtainedAt.${key} must lie within the call, by the clock that was given`);
        }
      },
    },
    {
      name: 'begins the life of a lease when its request is sent, however late the response comes',
      promise: promises.obtainedAt,
      needs: 'canHold',
      body: async (fixture) => {
        const { clock } = fixture;
        await fixture.grant(lifetimeMs);
        await fixture.pass(slowMs);
        const release = fixture.holdRequests();
        const sent = { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
        const renewing = fixture.renew(new AbortController().signal);
        await afterTurns();
        await fixture.pass(slowMs);
        release();
        const { obtainedAt } = await renewing;
        for (const key of ['monotonicMs', 'wallMs'] as const) {
          const lateMs = obtainedAt[key] - sent[key];
          check(lateMs < slowMs, `obtainedAt.${key} is ${lateMs} ms after the request was sent`);
        }
      },
    },
    {
      name: 'obtains a new lease each time, and leaves those before as they were',
      promise: promises.renew,
      body: async (fixture) => {
        const first = await renewed(fixture);
        const { lifetimeMs: firstMs } = first;
        await fixture.grant(2 * lifetimeMs);
        await fixture.renew(new AbortController().signal);
        checkSame(fixture.requests(), 2, 'The number of requests for two renewals');
        check(first.lifetimeMs === firstMs, 'The first lease was changed by the second renewal');
      },
    },
    {
      name: 'leaves no listener on the signal of a caller who goes on',
      promise: promises.listeners,
      body: async (fixture) => {
        await fixture.grant(lifetimeMs);
        await checkLeavesNoListener((signal) => fixture.renew(signal));
      },
    },
    {
      name: 'prints no secret',
      promise: promises.printed,
      body: async (fixture) => {
        const secrets = [...(fixture.secrets ?? [])];
        await checkPrintsNone(secrets, async () => {
          const { value } = await renewed(fixture);
          if (typeof value === 'string') secrets.push(value);
        });
      },
    },
  ];
}

async function renewed(fixture: RenewFixture): Promise<Lease<unknown>> {
  await fixture.grant(lifetimeMs);
  return await fixture.renew(new AbortController().signal);
}

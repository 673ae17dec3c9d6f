import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { JsonWebKeySet } from '../../src/authorization/key-source.ts';
import { FakeClock } from '../../src/fake-clock.ts';
import { FakeTemporalFrontend } from '../../src/frontend/fake-temporal-frontend.ts';
import { throttledMethods } from '../../src/grpc/throttled-methods.ts';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { FrontendCaller } from '../support/frontend-caller.ts';
import { openStage } from '../support/frontend-stage.ts';

const namespace = 'default';

async function ask(frontend: FakeTemporalFrontend, token: string): Promise<string> {
  using caller = new FrontendCaller(frontend.address, token);
  await caller.call('describeNamespace', { namespace });
  const { verdict, reason } = frontend.calls.at(-1) ?? {};
  return reason ?? verdict ?? 'no call';
}

describe('a frontend at its rate limit', () => {
  it('throttles polls, and takes results and starts', async () => {
    await using stage = await openStage();
    await stage.start();
    const scheduling = {
      activityId: '1',
      activityType: { name: 'a' },
      taskQueue: { name: 'q' },
      startToCloseTimeout: { seconds: 60 },
    };
    const command = { scheduleActivityTaskCommandAttributes: scheduling };
    await stage.complete(await stage.pollWorkflow(), [command]);
    const { taskToken } = await stage.pollActivity();

    stage.frontend.failWith('throttled', throttledMethods(4));
    for (const method of ['pollActivityTaskQueue', 'pollWorkflowTaskQueue'] as const) {
      const poll = await stage.call(method, { taskQueue: { name: 'q' } });
      expect(poll).toMatchObject({
        code: status.RESOURCE_EXHAUSTED,
        details: 'namespace rate limit exceeded',
      });
    }
    expect((await stage.call('respondActivityTaskCompleted', { taskToken })).code).toBe(status.OK);

    stage.frontend.recover();
    expect((await stage.pollWorkflow()).attempt).toBe(1);
  });

  it('throttles failures of activities before their results', async () => {
    expect(throttledMethods(3)).toContain('RespondActivityTaskFailed');
    expect(throttledMethods(3)).not.toContain('RespondActivityTaskCompleted');
    expect(throttledMethods(1)).toContain('RespondActivityTaskCompleted');
    await using frontend = await FakeTemporalFrontend.start();
    frontend.failWith('throttled', throttledMethods(1));
    expect(await ask(frontend, 'any')).toBe('passed');
  });

  it.each([0, 5, 1.5])('has no priority %d for calls that are throttled', (priority) => {
    expect(() => throttledMethods(priority as 1)).toThrow(RangeError);
  });
});

describe('two frontends', () => {
  it('of different key sets take different tokens', async () => {
    await using oauth = await MockOAuthServer.start();
    const keys = (await (await fetch(oauth.jwksUrl)).json()) as JsonWebKeySet;
    await using behind = await FakeTemporalFrontend.start({ jwks: keys });
    await using present = await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl });
    const old = oauth.mintToken();
    oauth.rotateSigningKey();
    const next = oauth.mintToken();
    expect([await ask(behind, old), await ask(present, old)]).toEqual(['passed', 'passed']);
    expect([await ask(behind, next), await ask(present, next)]).toEqual(['unknown-key', 'passed']);
  });

  it('of different clocks take a token at different times', async () => {
    const clock = new FakeClock();
    await using oauth = await MockOAuthServer.start({ clock, lifetimeSeconds: 300 });
    const clocks = [-600_000, 0, 600_000].map(
      (aheadMs) => new FakeClock({ wallMs: clock.wallNow() + aheadMs }),
    );
    const token = oauth.mintToken();
    const verdicts: string[] = [];
    for (const own of clocks) {
      await using frontend = await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl, clock: own });
      verdicts.push(await ask(frontend, token));
    }
    expect(verdicts).toEqual(['issued-in-the-future', 'passed', 'expired']);
  });
});

import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { Renewal } from '../../src/connection/renewal.ts';
import { FakeTokens } from '../support/fake-connection.ts';

describe('Renewal', () => {
  it('has the source look whether a token is due: at the first call, and each half second at most', async () => {
    const [tokens, clock] = [new FakeTokens(), new FakeClock()];
    const getToken = vi.spyOn(tokens, 'getToken');
    const renewal = new Renewal(tokens, clock);
    renewal.nudge();
    renewal.nudge();
    expect(getToken).toHaveBeenCalledTimes(1);
    await clock.advance(499);
    renewal.nudge();
    expect(getToken).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    renewal.nudge();
    renewal.nudge();
    expect(getToken).toHaveBeenCalledTimes(2);
  });
});

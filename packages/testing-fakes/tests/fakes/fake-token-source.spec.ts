import { describe, expect, it } from 'vitest';
import { registerContract } from '../../src/contracts/register-contract.ts';
import { tokenSourceContract } from '../../src/contracts/token-source-contract.ts';
import { FakeTokenSource } from '../../src/fakes/fake-token-source.ts';
import { assertNoLeak, plantSecret } from '../../src/leaks/assert-no-leak.ts';
import { watchUnhandledRejections } from '../../src/unhandled-rejections.ts';

registerContract(
  'FakeTokenSource',
  tokenSourceContract({
    canRecover: true,
    canHold: true,
    create: () => {
      const source = new FakeTokenSource();
      return {
        source,
        requests: () => source.requests,
        expireToken: () => {
          source.expire();
        },
        failRequests: () => {
          source.failWith(new Error('the endpoint fails'));
        },
        recoverRequests: () => {
          source.recover();
        },
        holdRequests: () => source.hold(),
      };
    },
  }),
  { describe, it },
);

describe('FakeTokenSource', () => {
  it('numbers its tokens, or makes them as it is told', async () => {
    expect(await new FakeTokenSource().getToken()).toBe('fake-token-1');
    expect(await new FakeTokenSource({ tokens: (number) => `mine-${number}` }).getToken()).toBe('mine-1');
  });

  it('rotates without being asked, and tells who subscribed', async () => {
    const source = new FakeTokenSource();
    const seen: string[] = [];
    source.subscribe((token) => seen.push(token));
    await source.getToken();
    expect([source.rotate(), source.rotate('given'), source.peek()]).toEqual([
      'fake-token-2',
      'given',
      'given',
    ]);
    expect(seen).toEqual(['fake-token-1', 'fake-token-2', 'given']);
    expect(source.requests).toBe(1);
  });

  it('leaves no rejection behind when a request fails that nobody waits for any more', async () => {
    using rejections = watchUnhandledRejections();
    const source = new FakeTokenSource();
    source.failWith(new Error('no token'));
    const release = source.hold();
    const leaving = new AbortController();
    const left = source.getToken({ signal: leaving.signal });
    leaving.abort(new Error('the caller left'));
    await expect(left).rejects.toThrow('the caller left');
    release();
    expect(await rejections.end()).toEqual([]);
  });

  it('shows no token', async () => {
    const token = plantSecret();
    const source = new FakeTokenSource({ tokens: () => token });
    await source.getToken();
    assertNoLeak(source, token);
  });
});

import type { GetTokenOptions } from '@worker-auth/token-manager';
import { describe, expect, it, vi } from 'vitest';
import { bootClient } from '../../src/facade/boot-client.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { grpcError } from '../support/fake-client-connection.ts';
import { createOpening } from '../support/opening.ts';
import { rejection } from '../support/scene.ts';

const down = new ConnectivityError('The issuer is away.', { code: 'DOWN', retryable: true });
const gone = new Error('gone');

describe('bootClient', () => {
  it('asks for a token, and then for Temporal', async () => {
    const { options, tokens, calls } = createOpening({ tls: true });
    tokens.getToken = () => Promise.resolve(String(calls.push('token')));
    const loaded = await bootClient(options);
    expect(calls).toEqual(['token', 'getSystemInfo', 'ours']);
    await loaded.close();
  });

  it('asks for Temporal alone where there are no tokens', async () => {
    const { options, calls } = createOpening({ tls: true });
    const loaded = await bootClient({ ...options, tokens: undefined });
    expect(calls).toEqual(['getSystemInfo', 'ours']);
    await loaded.close();
  });

  it('goes on until there is a token, and the log says for what it waits, and why', async () => {
    const { options, tokens, clock, log } = createOpening({ tls: true });
    const { getToken } = tokens;
    tokens.getToken = () => Promise.reject(down);
    const booting = bootClient(options);
    await clock.advance(2_000);
    expect(log.messages('INFO')).toEqual([
      'Waiting for an access token (The issuer is away.), for 2 s so far',
    ]);
    tokens.getToken = getToken;
    await clock.advance(5_000);
    await (await booting).close();
  });

  it('goes on until Temporal answers, and the log says for what it waits, and why', async () => {
    const { options, answers, clock, log } = createOpening({ tls: true });
    answers.getSystemInfo = Promise.reject(grpcError(14));
    const booting = bootClient(options);
    await clock.advance(2_000);
    expect(log.messages('INFO')).toEqual([
      expect.stringMatching(/^Waiting for Temporal at temporal:7233 \(.+\), for 2 s so far$/),
    ]);
    answers.getSystemInfo = Promise.resolve({});
    await clock.advance(5_000);
    await (await booting).close();
  });

  it('leaves it to the tokens to tell of their own wait, after one that failed too', async () => {
    const { options, tokens, clock, log } = createOpening({ tls: true });
    const pending = Promise.withResolvers<string>();
    const asked = vi.fn<() => Promise<string>>(() => pending.promise).mockRejectedValueOnce(down);
    tokens.getToken = asked;
    const booting = bootClient(options);
    await clock.advance(30_000);
    expect([asked.mock.calls.length, log.messages('INFO')]).toEqual([2, []]);
    pending.resolve('late');
    await (await booting).close();
  });

  it('ends with its signal, and tells a source of tokens that waits', async () => {
    const { options, tokens, leaving, calls } = createOpening({ tls: true });
    const given: (GetTokenOptions | undefined)[] = [];
    const getToken = (asked?: GetTokenOptions): Promise<string> => {
      given.push(asked);
      return new Promise(() => undefined);
    };
    tokens.getToken = getToken;
    const booting = rejection(bootClient(options));
    expect(given[0]?.signal?.aborted).toBe(false);
    leaving.abort(gone);
    expect(await booting).toBe(gone);
    expect([given[0]?.signal?.aborted, calls]).toEqual([true, []]);
  });

  it('leaves nothing open when its signal ends it while Temporal is asked', async () => {
    const { options, answers, leaving, calls } = createOpening({ tls: true });
    answers.describeNamespace = new Promise(() => undefined);
    const booting = rejection(bootClient(options));
    await expect.poll(() => calls, { interval: 1 }).toContain('ours');
    leaving.abort(gone);
    expect(await booting).toBe(gone);
    expect(calls.at(-1)).toBe('closed');
  });
});

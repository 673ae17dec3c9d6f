import { describe, expect, it } from 'vitest';
import { tokenSourceContract, type TokenSourceFixture, type TokenSourceUnderTest } from '../src/index.ts';

/** The smallest source that keeps the contract; a test breaks one of its promises. */
function makeFixture(
  breakIt: (source: TokenSourceUnderTest) => Partial<TokenSourceUnderTest>,
): TokenSourceFixture {
  let requests = 0;
  let isFailing = false;
  let token: string | undefined;
  let flight: Promise<string> | undefined;
  let refusal: Error | undefined;
  const listeners = new Set<(token: string) => void>();
  const request = async (): Promise<string> => {
    requests++;
    await Promise.resolve();
    flight = undefined;
    if (isFailing) throw (refusal = new Error('the endpoint fails'));
    const next = `token-${requests}`;
    token = next;
    for (const listener of listeners) {
      try {
        listener(next);
      } catch {
        // Not the source's concern.
      }
    }
    return next;
  };
  const source: TokenSourceUnderTest = {
    getToken: async ({ forceRefresh = false, signal } = {}) => {
      signal?.throwIfAborted();
      if (token !== undefined && !forceRefresh) return token;
      if (refusal !== undefined) throw refusal;
      const shared = (flight ??= request());
      if (signal === undefined) return await shared;
      const left = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
      return await Promise.race([shared, left]);
    },
    peek: () => token,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  return {
    source: { ...source, ...breakIt(source) },
    requests: () => requests,
    expireToken: () => {
      token = undefined;
    },
    failRequests: () => {
      isFailing = true;
    },
  };
}

async function failedCases(
  breakIt: (source: TokenSourceUnderTest) => Partial<TokenSourceUnderTest>,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const contractCase of tokenSourceContract({ create: () => makeFixture(breakIt) })) {
    await contractCase.run().catch(() => failed.push(contractCase.name));
  }
  return failed;
}

describe('the contract of a token source', () => {
  it('is kept by a small source that is right', async () => {
    expect(await failedCases(() => ({}))).toEqual([]);
  });

  it('notices a peek that outlives the token', async () => {
    let last: string | undefined;
    const failed = await failedCases((right) => {
      last = undefined;
      return {
        getToken: async (options) => (last = await right.getToken(options)),
        peek: () => last ?? right.peek(),
      };
    });
    expect(failed).toContain('never serves a token that is over');
  });

  it('notices a source that ignores forceRefresh', async () => {
    const failed = await failedCases((right) => ({
      getToken: ({ signal } = {}) => right.getToken({ signal }),
    }));
    expect(failed).toContain('gets a new token when one is forced, with one request for all who force it');
  });

  it('notices a source that ignores the signal', async () => {
    const failed = await failedCases((right) => ({
      getToken: ({ forceRefresh } = {}) => right.getToken({ forceRefresh }),
    }));
    expect(failed).toEqual(
      expect.arrayContaining([
        'lets one caller leave without ending the request of the others',
        'refuses a caller who has left already, with the reason of the signal',
      ]),
    );
  });

  it('notices a source that tells nobody', async () => {
    const failed = await failedCases(() => ({ subscribe: () => () => undefined }));
    expect(failed).toContain('tells its subscribers each new token, until they leave');
  });
});

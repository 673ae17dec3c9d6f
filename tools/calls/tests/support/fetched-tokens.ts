import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import type { CommonOptions } from '../../src/settings/auth-options.ts';
import type { ApplicationCredentialSource } from '../../src/settings/server.ts';

/** A token endpoint without a server, which gives `token-1` first. */
export interface FetchedTokens {
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  /** Of an application whose tokens are these, and live an hour. */
  readonly options: CommonOptions & {
    readonly applicationName: string;
    readonly credentials: ApplicationCredentialSource;
  };
}

export function fetchTokens(): FetchedTokens {
  const [clock, log] = [new FakeClock(), new RecordingLogger()];
  let tokens = 0;
  const tokenUrl = 'https://auth.example.com/token';
  return {
    ...{ clock, log },
    options: {
      ...{ applicationName: 'orders', env: {}, logger: log, clock, random: () => 0 },
      credentials: {
        get: () => Promise.resolve({ clientId: 'a', clientSecret: 'b', source: 'the test', tokenUrl }),
        invalidate: () => undefined,
      },
      fetch: () => {
        const token = { access_token: `token-${++tokens}`, token_type: 'Bearer', expires_in: 3_600 };
        return Promise.resolve(Response.json(token));
      },
    },
  };
}

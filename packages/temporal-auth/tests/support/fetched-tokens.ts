import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import type { CommonOptions } from '../../src/settings/auth-options.ts';
import type { ApplicationCredentialSource } from '../../src/settings/server.ts';

/** A token endpoint without a server. */
export interface FetchedTokens {
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  /** How often the credentials were read. */
  readonly reads: () => number;
  /** What is asked of the endpoint: `undefined` gives the next token, `token-1` first. */
  answer: Response | undefined;
  /** Of an application whose tokens are these, and live an hour. */
  readonly options: CommonOptions & {
    readonly applicationName: string;
    readonly credentials: ApplicationCredentialSource;
  };
}

/** @param credentials more of what their source gives */
export function fetchTokens(credentials: { readonly tlsEnabled?: boolean } = {}): FetchedTokens {
  const [clock, log] = [new FakeClock(), new RecordingLogger()];
  let [tokens, reads] = [0, 0];
  const scene: FetchedTokens = {
    ...{ clock, log, answer: undefined },
    reads: () => reads,
    options: {
      ...{ applicationName: 'orders', env: {}, logger: log, clock, random: () => 0 },
      credentials: {
        get: () => {
          reads++;
          const tokenUrl = 'https://auth.example.com/token';
          const given = { clientId: 'a', clientSecret: 'b', source: 'the test', tokenUrl, ...credentials };
          return Promise.resolve(given);
        },
        invalidate: () => undefined,
      },
      fetch: () => {
        const token = { access_token: `token-${tokens + 1}`, token_type: 'Bearer', expires_in: 3_600 };
        if (scene.answer === undefined) tokens++;
        return Promise.resolve(scene.answer ?? Response.json(token));
      },
    },
  };
  return scene;
}

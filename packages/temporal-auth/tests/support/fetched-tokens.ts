import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import type { NamedAuthOptions } from '../../src/settings/auth-options.ts';

/** A token endpoint without a server. */
export interface FetchedTokens {
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  /** How often the credentials were read. */
  readonly reads: () => number;
  /** What is asked of the endpoint: `undefined` gives the next token, `token-1` first. */
  answer: Response | undefined;
  /** Of an application whose tokens are these, and live an hour. */
  readonly options: NamedAuthOptions;
}

/** @param credentials more of what their source gives */
export function fetchTokens(credentials: { readonly tlsEnabled?: boolean } = {}): FetchedTokens {
  const [clock, log] = [new FakeClock(), new RecordingLogger()];
  let [tokens, reads] = [0, 0];
  const scene: FetchedTokens = {
    ...{ clock, log, answer: undefined },
    reads: () => reads,
    options: {
      ...{ applicationName: 'orders', authEnabled: true, env: {}, logger: log },
      authUrl: 'https://auth.example.com/token',
      credentials: {
        get: () => {
          reads++;
          return Promise.resolve({ clientId: 'a', clientSecret: 'b', source: 'the test', ...credentials });
        },
        invalidate: () => undefined,
      },
      token: {
        ...{ clock, random: () => 0 },
        fetch: () => {
          const token = { access_token: `token-${tokens + 1}`, token_type: 'Bearer', expires_in: 3_600 };
          if (scene.answer === undefined) tokens++;
          return Promise.resolve(scene.answer ?? Response.json(token));
        },
      },
    },
  };
  return scene;
}

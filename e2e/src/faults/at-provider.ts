import type { MockOAuthServer } from '@worker-auth/testing-fakes';
import type { Fault } from './fault.ts';

/** The fake OAuth server. */
export interface OAuth {
  readonly oauth: MockOAuthServer;
}

/** Every request for a token meets the fault of the fake OAuth server. */
export function atOAuthServer(
  breaks: string,
  fault: Parameters<MockOAuthServer['failWith']>[0],
): Fault<OAuth> {
  const begin = ({ oauth }: OAuth) => {
    oauth.failWith(fault);
    return () => {
      oauth.recover();
    };
  };
  return { breaks, back: 'token', begin };
}

/** The OAuth server takes so long for a response. */
export function slowProvider(seconds: number): Fault<OAuth> {
  return atOAuthServer(`OAuth server takes ${seconds} s`, { delayMs: seconds * 1_000 });
}

/** A client that asks more often in a minute is throttled. */
export function limitedProvider(perMinute: number): Fault<OAuth> {
  const seenAtMs = new Map<string | undefined, readonly number[]>();
  return atOAuthServer(`OAuth server allows ${perMinute} requests a minute`, ({ authentication }) => {
    const clientId = authentication?.clientId;
    const recent = (seenAtMs.get(clientId) ?? []).filter((atMs) => atMs > Date.now() - 60_000);
    if (recent.length >= perMinute) return 'throttled429';
    seenAtMs.set(clientId, [...recent, Date.now()]);
    return undefined;
  });
}

import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { addRule, type GatewayGround } from './at-gateway.ts';
import type { OAuth } from './at-provider.ts';
import { type Fault, type Mend, nothingToMend } from './fault.ts';

/** A client of the OAuth server, alone behind its gateway. */
type OneClient = GatewayGround & OAuth & { readonly clientId: string };

/** What Temporal has against tokens that are good, by its name in the catalogue. */
export const tokenFaults = {
  // Of a real identity provider those are known that were seen.
  'tokens-revoked': {
    ...{ breaks: 'all tokens revoked that were issued so far', back: 'token' },
    begin: ({ gateway, oauth }: GatewayGround & Partial<OAuth>) => {
      rejectTokens(
        gateway,
        new Set([...gateway.tokensOf(), ...(oauth?.issuedTokens.map(tokenFingerprint) ?? [])]),
      );
      return nothingToMend;
    },
  },
  'tokens-revoked-twice': {
    ...{
      breaks: 'all tokens revoked that were issued so far, and the next one after a second',
      back: 'token',
    },
    begin: ({ gateway, oauth }: OneClient) => {
      const revoked = new Set(oauth.issuedTokens.map(tokenFingerprint));
      let next: string | undefined;
      return addRule(gateway, ({ token }) => {
        if (token === undefined) return undefined;
        const { fingerprint } = token;
        if (revoked.has(fingerprint)) return 'permissionDenied';
        if (next === undefined) setTimeout(() => revoked.add(fingerprint), 1_000);
        next ??= fingerprint;
        return undefined;
      });
    },
  },
  'tokens-revoked-again': {
    ...{ breaks: 'each token revoked a few seconds after it was issued', back: 'token' },
    begin: ({ gateway }: GatewayGround) => {
      const revoked = new Set<string | undefined>();
      const timer = setInterval(() => {
        for (const fingerprint of gateway.tokensOf()) revoked.add(fingerprint);
      }, 3_000);
      const mend = rejectTokens(gateway, revoked);
      return () => {
        clearInterval(timer);
        return mend();
      };
    },
  },
  // As where a twin logs in at once, at a provider that keeps one token a client.
  'first-token-rejected': {
    ...{ breaks: 'the first token of each client rejected', back: 'token' },
    begin: (servers: OneClient) => rejectWhere(servers, (token, all) => token === all[0]),
  },
  'newest-token-only': {
    ...{ breaks: 'of each client the newest token alone accepted', back: 'token' },
    begin: (servers: OneClient) => rejectWhere(servers, (token, all) => token !== all.at(-1)),
  },
} as const satisfies Readonly<Record<string, Fault<never>>>;

/** Another process with the same client logs in again and again, at a provider that keeps one token a client. */
export function twin(seconds: number): Fault<OneClient> {
  return {
    breaks: `a twin logs in every ${seconds} s, the newest token of each client alone accepted`,
    back: 'token',
    begin: (servers) => {
      let outdated = 0;
      const timer = setInterval(() => {
        outdated = fingerprintsOf(servers).length;
      }, seconds * 1_000);
      const mend = rejectWhere(
        servers,
        (token, all) => all.indexOf(token) < Math.max(outdated, all.length - 1),
      );
      return () => {
        clearInterval(timer);
        return mend();
      };
    },
  };
}

/** Calls with these tokens are rejected; more may be added. */
function rejectTokens(gateway: OneClient['gateway'], revoked: ReadonlySet<string | undefined>): Mend {
  return addRule(gateway, ({ token }) =>
    token !== undefined && revoked.has(token.fingerprint) ? 'permissionDenied' : undefined,
  );
}

/** Calls are rejected by their token's place among those that the client was given, by their fingerprints. */
function rejectWhere(
  servers: OneClient,
  isRejected: (token: string, all: readonly string[]) => boolean,
): Mend {
  return addRule(servers.gateway, ({ token }) => {
    const all = fingerprintsOf(servers);
    const isKnown = token !== undefined && all.includes(token.fingerprint);
    return isKnown && isRejected(token.fingerprint, all) ? 'permissionDenied' : undefined;
  });
}

function fingerprintsOf({ oauth, clientId }: OneClient): readonly string[] {
  return oauth.issuedTokens.filter((token) => clientOf(token) === clientId).map(tokenFingerprint);
}

function clientOf(token: string): unknown {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { readonly client_id?: unknown }).client_id;
}

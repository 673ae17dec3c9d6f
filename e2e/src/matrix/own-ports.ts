import type { DaprSidecar, SecretStore } from '@worker-auth/secret-store';
import type { CredentialSource, TokenManagerOptions, TokenSource } from '@worker-auth/token-manager';
import { type Clock, systemClock } from '@worker-auth/refresh-scheduler';
import type { AtlanAuthClientOptions } from '@worker-auth/temporal-auth';

// Ports as a user implements them.

/** Has one token, which `given` counts: a rejected one is replaced. */
export function ownTokenSource(): TokenSource & { readonly given: readonly string[] } {
  const given: string[] = [];
  const listeners = new Set<(token: string) => void>();
  return {
    given,
    getToken({ rejectedToken, forceRefresh = false, signal } = {}) {
      signal?.throwIfAborted();
      const current = given.at(-1);
      if (current !== undefined && !forceRefresh && current !== rejectedToken)
        return Promise.resolve(current);
      const token = `own-token-${given.length + 1}`;
      given.push(token);
      for (const listener of listeners) listener(token);
      return Promise.resolve(token);
    },
    peek: () => given.at(-1),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Ends a read of its own after `timeoutMs`, by the platform's own timer. */
export function ownCredentialSource(credentials: {
  readonly clientId: string;
  readonly clientSecret: string;
}): CredentialSource {
  return {
    get({ signal, timeoutMs } = {}) {
      const deadline = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
      AbortSignal.any([signal ?? [], deadline].flat()).throwIfAborted();
      return Promise.resolve({ ...credentials, source: 'an own source' });
    },
    invalidate: () => undefined,
  };
}

/** @param fields of the secret, each of which is a secret of its own too */
export function ownStore(fields: Readonly<Record<string, string>>): SecretStore {
  return {
    get(name) {
      const value = fields[name];
      return Promise.resolve(value === undefined ? undefined : { [name]: value });
    },
    invalidate: () => undefined,
  };
}

/** @param secret what its one component holds */
export function ownSidecar(secret: Readonly<Record<string, string>>): DaprSidecar {
  const component = 'deployment-secret-store';
  return {
    address: 'http://own.invalid',
    isReady: () => Promise.resolve(true),
    getComponents: () => Promise.resolve([{ name: component, type: 'secretstores.hashicorp.vault' }]),
    getSecret: (store, name) =>
      Promise.resolve(store === component && name === 'atlan-deployment-secrets' ? secret : undefined),
    getState: () => Promise.resolve(undefined),
  };
}

/** The host's time; takes no longer timer than the host's. */
export const ownClock: Clock = {
  monotonicNow: () => systemClock.monotonicNow(),
  wallNow: () => systemClock.wallNow(),
  startTimer(callback, delayMs, options) {
    if (!(delayMs >= 0 && delayMs < 2 ** 31)) throw new RangeError(`startTimer cannot wait ${delayMs} ms`);
    return systemClock.startTimer(callback, delayMs, options);
  },
};

/** Takes a level and a text. */
export function ownLogger(): NonNullable<AtlanAuthClientOptions['logger']> & {
  readonly lines: readonly string[];
} {
  const lines: string[] = [];
  const log = (_level: string, message: string): void => void lines.push(message);
  const at = (level: string) => log.bind(undefined, level);
  return {
    ...{ lines, log },
    ...{ trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') },
  };
}

/** That of the platform. */
export const ownFetch: NonNullable<TokenManagerOptions['fetch']> = (url, init) => fetch(url, init);

import type { DaprSidecar, SecretStore } from '@worker-auth/secret-store';
import type { CredentialSource, TokenManagerOptions, TokenSource } from '@worker-auth/token-manager';
import { type Clock, systemClock } from '@worker-auth/refresh-scheduler';
import type { AtlanAuthClientOptions } from '@worker-auth/temporal-auth';

// Ports as a careful user implements them: whatever their documentation does not name is rejected.

/** @throws TypeError for an option, or an argument, that is not documented */
export function rejectOthers(owner: string, given: object, names: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !names.includes(name)) throw new TypeError(`${owner} has no option ${name}`);
  }
}

function rejectMore(owner: string, count: number, most: number): void {
  if (count > most) throw new TypeError(`${owner} takes ${most} arguments, and was given ${count}`);
}

/** Has one token, which `given` counts: a rejected one is replaced. */
export function strictTokenSource(): TokenSource & { readonly given: readonly string[] } {
  const given: string[] = [];
  const listeners = new Set<(token: string) => void>();
  return {
    given,
    getToken(...all) {
      rejectMore('getToken', all.length, 1);
      const [{ ...options } = {}] = all;
      rejectOthers('getToken', options, ['rejectedToken', 'rejectedAs', 'forceRefresh', 'signal']);
      options.signal?.throwIfAborted();
      const current = given.at(-1);
      const isGood = options.forceRefresh !== true && current !== options.rejectedToken;
      if (current !== undefined && isGood) return Promise.resolve(current);
      const token = `strict-token-${given.length + 1}`;
      given.push(token);
      for (const listener of listeners) listener(token);
      return Promise.resolve(token);
    },
    peek: (...all: readonly unknown[]) => {
      rejectMore('peek', all.length, 0);
      return given.at(-1);
    },
    subscribe(...all) {
      rejectMore('subscribe', all.length, 1);
      const [listener] = all;
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Ends a read of its own after `timeoutMs`, by the platform's own timer. */
export function strictCredentialSource(credentials: {
  readonly clientId: string;
  readonly clientSecret: string;
}): CredentialSource {
  return {
    get(...all) {
      rejectMore('get', all.length, 1);
      const [{ ...options } = {}] = all;
      rejectOthers('get', options, ['signal', 'timeoutMs']);
      const ending = [options.signal ?? [], deadlineOf(options.timeoutMs)].flat();
      AbortSignal.any(ending).throwIfAborted();
      return Promise.resolve({ ...credentials, source: 'a strict source' });
    },
    invalidate: (...all: readonly unknown[]) => {
      rejectMore('invalidate', all.length, 0);
    },
  };
}

function deadlineOf(timeoutMs: number | undefined): readonly AbortSignal[] {
  return timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
}

/** @param fields of the secret, each of which is a secret of its own too */
export function strictStore(fields: Readonly<Record<string, string>>): SecretStore {
  return {
    get(...all) {
      rejectMore('get', all.length, 2);
      const [name, { ...options } = {}] = all;
      rejectOthers('get', options, ['signal']);
      const value = fields[name];
      return Promise.resolve(value === undefined ? undefined : { [name]: value });
    },
    invalidate: (...all: readonly unknown[]) => {
      rejectMore('invalidate', all.length, 0);
    },
  };
}

/** @param secret what its one component holds */
export function strictSidecar(secret: Readonly<Record<string, string>>): DaprSidecar {
  const check = (method: string, options: object = {}, names: readonly string[] = ['signal']): void => {
    rejectOthers(method, options, names);
  };
  return {
    address: 'http://strict.invalid',
    isReady(...all) {
      rejectMore('isReady', all.length, 1);
      check('isReady', all[0]);
      return Promise.resolve(true);
    },
    getComponents(...all) {
      rejectMore('getComponents', all.length, 1);
      check('getComponents', all[0]);
      return Promise.resolve([{ name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault' }]);
    },
    getSecret(...all) {
      rejectMore('getSecret', all.length, 3);
      const [component, name, options] = all;
      check('getSecret', options, ['signal', 'componentType']);
      const isThere = component === 'deployment-secret-store' && name === 'atlan-deployment-secrets';
      return Promise.resolve(isThere ? secret : undefined);
    },
    getState(...all) {
      rejectMore('getState', all.length, 3);
      check('getState', all[2]);
      return Promise.resolve(undefined);
    },
  };
}

/** The host's time. */
export const strictClock: Clock = {
  monotonicNow: (...all: readonly unknown[]) => {
    rejectMore('monotonicNow', all.length, 0);
    return systemClock.monotonicNow();
  },
  wallNow: (...all: readonly unknown[]) => {
    rejectMore('wallNow', all.length, 0);
    return systemClock.wallNow();
  },
  startTimer(...all) {
    rejectMore('startTimer', all.length, 3);
    const [callback, delayMs, { ...options } = {}] = all;
    rejectOthers('startTimer', options, ['keepAlive']);
    if (!(delayMs >= 0 && delayMs < 2 ** 31)) throw new RangeError(`startTimer cannot wait ${delayMs} ms`);
    return systemClock.startTimer(callback, delayMs, options);
  },
};

/** Takes a level, a text and an object. Every wrong line is in `wrong`: what a logger throws is dropped. */
export function strictLogger(): NonNullable<AtlanAuthClientOptions['logger']> & {
  readonly lines: readonly string[];
  readonly wrong: readonly string[];
} {
  const [lines, wrong]: [string[], string[]] = [[], []];
  const log = (level: string, message: string, ...more: readonly unknown[]): void => {
    const isMeta = more.length === 0 || more[0] === undefined || typeof more[0] === 'object';
    const isLevel = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'].includes(level);
    if (typeof message !== 'string' || !isLevel || !isMeta || more.length > 1) wrong.push(message);
    lines.push(message);
  };
  const at = (level: string) => log.bind(undefined, level);
  return {
    ...{ lines, wrong, log },
    ...{ trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') },
  };
}

/** Takes what `fetch` of the platform documents. */
export const strictFetch: NonNullable<TokenManagerOptions['fetch']> = (...all) => {
  rejectMore('fetch', all.length, 2);
  const [url, { ...init }] = all;
  rejectOthers('fetch', init, ['method', 'headers', 'body', 'redirect', 'signal']);
  return fetch(url, init);
};

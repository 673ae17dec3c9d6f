import {
  callSafely,
  type Clock,
  isJsonObject,
  type Secret,
  type SecretStore,
  withDeadline,
  throwIfAborted,
} from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import {
  SecretStoreError,
  SecretStoreErrorCode,
  type SecretStoreErrorDetails,
  type SecretStoreErrorKind,
  StoreReadError,
} from './errors.ts';
import { entriesOf, secretOf } from './fields.ts';

/** Longer than a sidecar is waited for at its start, and over before the minute that a token manager gives an attempt. */
export const defaultReadTimeoutMs = 50_000;

const kinds = new Set<unknown>([
  'configuration',
  'connectivity',
  'authentication',
] satisfies SecretStoreErrorKind[]);

/** Settings of {@link checkedStore}. */
export interface CheckedStoreOptions {
  /** What the store is called in messages. */
  readonly name: string;
  readonly clock: Clock;
  /** How long one read may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A {@link SecretStore} that always has `invalidate`. */
export interface InvalidatableStore extends SecretStore {
  invalidate(): void;
}

/**
 * A store of somebody's own, made safe to use. Each read has a deadline, whatever is thrown comes out as a {@link SecretStoreError}
 * (the reason of the caller's signal apart), and what is given is a secret that shows no value.
 */
export function checkedStore(store: SecretStore, options: CheckedStoreOptions): InvalidatableStore {
  const { name: storeName, clock, timeoutMs } = options;
  const timeoutError = (): StoreReadError => storeTooLate(storeName, timeoutMs);
  return {
    stores: store.stores?.map((part) => checkedStore(part, options)),
    async get(name, read) {
      const signal = read?.signal;
      try {
        const ask = (inner: AbortSignal): Promise<unknown> => store.get(name, { signal: inner });
        return checked(await withDeadline(ask, { clock, timeoutMs, signal, timeoutError }), storeName);
      } catch (error) {
        throwIfAborted(signal);
        throw storeError(error, storeName);
      }
    },
    invalidate() {
      callSafely(() => store.invalidate?.(), undefined);
    },
  };
}

/** The error of a store that has not answered in time. */
export function storeTooLate(storeName: string, timeoutMs: number): StoreReadError {
  return new StoreReadError(`${storeName}: no response within ${Math.round(timeoutMs)} ms.`, {
    code: SecretStoreErrorCode.storeTimeout,
  });
}

/**
 * The error of this package for whatever a store threw. `kind`, `code` and `retryable` are kept when it has all three; of anything
 * else only the message is, for the rest may hold the request.
 */
export function storeError(error: unknown, storeName: string): SecretStoreError {
  if (error instanceof SecretStoreError) return error;
  const text = typeof error === 'string' ? error : read(error, 'message');
  const said = typeof text === 'string' ? sanitize(text) : '';
  return new StoreReadError(
    `${storeName}: ${said === '' ? 'it failed, and does not say why' : said}`,
    ownDetails(error) ?? { code: SecretStoreErrorCode.storeFailed },
  );
}

function ownDetails(error: unknown): SecretStoreErrorDetails | undefined {
  const [kind, code, retryable] = ['kind', 'code', 'retryable'].map((field) => read(error, field));
  return isKind(kind) && typeof code === 'string' && typeof retryable === 'boolean'
    ? { kind, code: sanitize(code), retryable }
    : undefined;
}

function isKind(value: unknown): value is SecretStoreErrorKind {
  return kinds.has(value);
}

/** A field of whatever was thrown; it may be a getter of somebody's, and throw. */
function read(error: unknown, field: string): unknown {
  return callSafely(() => (error as Partial<Record<string, unknown>>)[field], undefined);
}

function checked(response: unknown, storeName: string): Secret | undefined {
  if (response === undefined) return undefined;
  if (isJsonObject(response) && hasTextsOnly(response)) return secretOf(response);
  throw new StoreReadError(`${storeName}: what it gave is no secret: an object whose fields are text.`, {
    code: SecretStoreErrorCode.invalidResponse,
  });
}

function hasTextsOnly(record: Readonly<Record<string, unknown>>): record is Readonly<Record<string, string>> {
  return entriesOf(record).every(([, value]) => typeof value === 'string');
}

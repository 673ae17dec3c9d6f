import { setImmediate } from 'node:timers/promises';
import type { SecretStoreFixture } from '../../src/contracts/secret-store-under-test.ts';
import type { SecretStore } from '@worker-auth/ports';

type Fields = Readonly<Record<string, string>>;
type Secrets = Readonly<Record<string, Fields>>;

/** In turns of the event loop, of a right one, and of a broken one when its back end is silent: nothing else is to come first. */
export const deadlines = { right: 2_000, broken: 200 };

/** What a {@link ModelBackEnd} answers. */
export interface ModelAnswer {
  readonly status: number;
  readonly body: string;
}

/** An HTTP-like back end: percent-encoded paths, statuses, JSON bodies. */
export class ModelBackEnd {
  reads = 0;
  state: 'well' | 'broken' | 'hanging' | 'malformed' = 'well';
  secrets: ReadonlyMap<string, Fields>;

  constructor(secrets: Secrets) {
    this.secrets = new Map(Object.entries(secrets));
  }

  /** A read takes a turn to arrive, its response another. */
  async answer(path: string): Promise<ModelAnswer> {
    await setImmediate();
    this.reads++;
    if (this.state === 'hanging') return await new Promise(() => undefined);
    const answer = this.#answerNow(path);
    await setImmediate();
    return answer;
  }

  #answerNow(path: string): ModelAnswer {
    if (this.state === 'broken') return { status: 500, body: 'the back end is broken' };
    if (this.state === 'malformed') return { status: 200, body: '<html>' };
    const name = decodeURIComponent((path.split(/[?#]/)[0] ?? '').replaceAll('+', ' '));
    const fields = this.secrets.get(name);
    return fields === undefined ? { status: 404, body: '' } : { status: 200, body: JSON.stringify(fields) };
  }
}

/** The smallest store that keeps the contract. Its parts are methods, so that a test can break one. */
export class ModelSecretStore implements SecretStore {
  deadlineTurns = deadlines.right;
  readonly #backEnd: ModelBackEnd;
  readonly #token: string;

  constructor(backEnd: ModelBackEnd, token: string) {
    this.#backEnd = backEnd;
    this.#token = token;
  }

  get backEnd(): ModelBackEnd {
    return this.#backEnd;
  }

  async get(
    name: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Fields | undefined> {
    options?.signal?.throwIfAborted();
    return await this.bounded(this.read(name), options?.signal);
  }

  token(): string {
    return this.#token;
  }

  path(name: string): string {
    return encodeURIComponent(name);
  }

  async read(name: string): Promise<Fields | undefined> {
    return this.parse(await this.backEnd.answer(this.path(name)));
  }

  parse({ status, body }: ModelAnswer): Fields | undefined {
    if (status === 404) return undefined;
    if (status !== 200) throw this.error(`The back end answered with ${status}`);
    return this.fields(this.json(body));
  }

  json(body: string): Fields {
    try {
      return JSON.parse(body) as Fields;
    } catch {
      throw this.error('The response is no JSON');
    }
  }

  fields(all: Fields): Fields | undefined {
    const entries = Object.entries(all).filter(([, value]) => value !== '');
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }

  error(message: string): Error {
    return new Error(message);
  }

  bounded<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { promise: isOver, reject } = Promise.withResolvers<never>();
    let isDone = false;
    const endAtDeadline = async (turns: number): Promise<void> => {
      while (turns-- > 0 && !isDone) await setImmediate();
      if (!isDone) reject(this.error('No answer in time'));
    };
    void endAtDeadline(this.deadlineTurns);
    const leave = (): void => {
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', leave);
    return Promise.race([work, isOver]).finally(() => {
      isDone = true;
      signal?.removeEventListener('abort', leave);
    });
  }
}

/** A fixture of a model that `breakIt` may have broken. */
export function secretStoreFixture(
  secrets: Secrets,
  breakIt?: (store: ModelSecretStore) => void,
  silenceTurns = breakIt === undefined ? deadlines.right : deadlines.broken,
): SecretStoreFixture {
  const backEnd = new ModelBackEnd(secrets);
  const store = new ModelSecretStore(backEnd, 'the-token-of-the-model');
  breakIt?.(store);
  const turn = (state: ModelBackEnd['state']) => (): void => {
    backEnd.state = state;
  };
  return {
    store,
    secrets: [store.token()],
    replace: (next) => {
      backEnd.secrets = new Map(Object.entries(next));
    },
    break: turn('broken'),
    mend: () => {
      backEnd.state = 'well';
      store.deadlineTurns = deadlines.right;
    },
    hang: () => {
      backEnd.state = 'hanging';
      store.deadlineTurns = silenceTurns;
    },
    answerMalformed: turn('malformed'),
    reads: () => backEnd.reads,
  };
}

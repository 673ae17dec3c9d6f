import { createHook } from 'node:async_hooks';

/** Something that takes real time, and that a `FakeClock` waits for. */
export interface Activity {
  /** For the error of a wait that does not end: `a request to 127.0.0.1:8080`. */
  readonly description: string;
  isUnderWay(): boolean;
}

/** One-shot work of Node's thread pool, as `async_hooks` names it. */
const files = /^FSREQ|^FILEHANDLECLOSEREQ$/;
const cryptography = /REQUEST$/;

/** What Node's threads do for this process: a request whose assertion is being signed, or whose token is being read, is about to be sent. */
export class ThreadWork implements Activity {
  readonly description = 'work of a thread (a signature, a file)';
  /** Whether a thread does it, of all that has begun. */
  readonly #begun = new Map<number, () => boolean>();
  readonly #hook = createHook({
    init: (id, kind, _trigger, resource) => {
      if (files.test(kind)) this.#begun.set(id, () => true);
      else if (cryptography.test(kind)) this.#begun.set(id, jobOf(resource));
    },
    before: (id) => {
      this.#begun.delete(id);
    },
  });

  isUnderWay(): boolean {
    for (const [id, isByThread] of this.#begun) {
      if (!isByThread()) this.#begun.delete(id);
    }
    return this.#begun.size > 0;
  }

  /** From now on work is noticed. */
  watch(): void {
    this.#hook.enable();
  }

  unwatch(): void {
    this.#hook.disable();
    this.#begun.clear();
  }
}

/** A job that is done at once begins as one for a thread does: it gets no callback afterwards, and is not of the Web Cryptography API. */
function jobOf(resource: object): () => boolean {
  const isOfWebCrypto = new Error().stack?.includes('webcrypto') === true;
  return () => isOfWebCrypto || 'ondone' in resource;
}

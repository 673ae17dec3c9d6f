import type { Logger } from '@temporalio/common';
import { isLoopbackHost } from '@worker-auth/inlined';

/** What of a connection's options says how it is reached. */
export interface Reached {
  readonly address?: string | undefined;
  readonly tls?: unknown;
  readonly credentials?: unknown;
}

/** Warns, once for each address, of tokens that would leave this host unencrypted. */
export class PlaintextWarning {
  readonly #logger: Logger;
  readonly #warned = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  check({ address = 'localhost', tls, credentials }: Reached): void {
    const isPlaintext = tls === false && credentials === undefined;
    if (!isPlaintext || isLoopbackHost(address.replace(/:\d+$/, '')) || this.#warned.has(address)) return;
    this.#warned.add(address);
    const message = 'The access token goes to Temporal unencrypted: set tls, unless the network sees to it';
    this.#logger.warn(message, { address });
  }
}

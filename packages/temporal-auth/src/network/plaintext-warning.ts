import type { ConnectionOptions } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import { isLoopbackHost, type OptionsOf } from '@worker-auth/internal';

/** What of a connection's options says how it is reached. */
export type Reached = OptionsOf<Pick<ConnectionOptions, 'address' | 'tls' | 'credentials'>>;

export function isPlaintext({ tls, credentials }: Reached): boolean {
  return tls === false && credentials === undefined;
}

/** Warns, once for each address, of tokens that would leave this host unencrypted. */
export function plaintextWarning(logger: Logger): (reached: Reached) => void {
  const warned = new Set<string>();
  return (reached) => {
    const { address = 'localhost' } = reached;
    if (!isPlaintext(reached) || isLoopbackHost(address.replace(/:\d+$/, '')) || warned.has(address)) return;
    warned.add(address);
    const message = 'The access token goes to Temporal unencrypted: set tls, unless the network sees to it';
    logger.warn(message, { address });
  };
}

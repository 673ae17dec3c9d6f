import { abortable } from '@worker-auth/inlined';
import { type BootAttempt, withBootPatience } from '../connection/boot-patience.ts';
import { noAnswerAtStart, noTokenAtStart } from '../errors/own-errors.ts';
import type { LoadedClient } from './loaded-client.ts';
import { openClient, type OpenClientOptions } from './open-client.ts';

/**
 * Gets a token and opens a client, again and again while something cannot be reached that may not be up yet.
 *
 * @throws as {@link openClient}; nothing is left open then
 */
export async function bootClient(options: OpenClientOptions): Promise<LoadedClient> {
  const { settings, target, tokens, signal } = options;
  const { bootTimeoutMs: timeoutMs, clock, random, logger } = settings;
  let waitedFor: string | undefined;
  const attempt: BootAttempt<LoadedClient> = async (ending, leftMs) => {
    // The tokens tell of their wait themselves.
    waitedFor = undefined;
    try {
      // A source of the user's own may take its time to notice the signal, or call back into this client.
      await abortable(Promise.resolve(tokens?.getToken({ signal: ending, timeoutMs: leftMs })), ending);
    } finally {
      waitedFor = 'an access token';
    }
    waitedFor = `Temporal at ${target.address}`;
    return openClient({ ...options, signal: ending });
  };
  return withBootPatience(attempt, {
    ...{ timeoutMs, clock, random, signal, logger },
    waitedFor: () => waitedFor,
    tooLate: () => (waitedFor === undefined ? noTokenAtStart(timeoutMs) : noAnswerAtStart(target, timeoutMs)),
  });
}

import { InterceptingCall, type Interceptor, Metadata, status } from '@grpc/grpc-js';
import { tlsSaidLate } from '@worker-auth/calls/errors/own-errors';
import { isRemote } from '@worker-auth/calls/settings/host';
import type { Presentation } from './presentation.ts';
import { isPlaintext, type Reached } from '@worker-auth/calls/connections/temporal-tls';

/**
 * For a plaintext connection that is made while nobody has said anything about TLS. Credentials that are read later may say that Temporal is reached over
 * TLS: then no call leaves by it, since the token would be readable. `undefined` where that cannot be.
 */
export function lateTlsGuard(
  { settings, tokens }: Pick<Presentation, 'settings' | 'tokens'>,
  { address = settings.place.address, tls = false, credentials }: Reached,
): Interceptor | undefined {
  const isSaid = settings.newestTls() !== undefined || tokens?.tlsEnabled !== undefined;
  if (tokens === undefined || isSaid || !isPlaintext({ tls, credentials }) || !isRemote(address))
    return undefined;
  return (options, nextCall) => {
    const call = nextCall(options);
    return new InterceptingCall(call, {
      start: (metadata, listener, next) => {
        if (tokens.tlsEnabled !== true) {
          next(metadata, listener);
          return;
        }
        call.cancelWithStatus(status.CANCELLED, 'not sent');
        const cause = tlsSaidLate();
        const ended = {
          code: status.FAILED_PRECONDITION,
          details: cause.message,
          metadata: new Metadata(),
          cause,
        };
        listener.onReceiveMessage(null);
        listener.onReceiveStatus(ended);
      },
    });
  };
}

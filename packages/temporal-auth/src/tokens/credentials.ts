import type { Environment } from '@worker-auth/internal';
import { discoverCredentials, type WaitingEvent } from '@worker-auth/secret-store';
import type { ApplicationCredentialSource, NamedAuthOptions } from '../settings/auth-options.ts';
import { refuseBoth } from '../settings/setting-reader.ts';

/**
 * Where the credentials of an application come from: a source of the user's own, the options, or discovery.
 *
 * @param onWaiting called while a sidecar is waited for, beside a listener of the user's own
 * @throws TypeError for options that contradict each other; what `discoverCredentials` throws
 */
export function credentialSource(
  options: NamedAuthOptions,
  env: Environment,
  onWaiting: (event: WaitingEvent) => void,
): ApplicationCredentialSource {
  const { credentials, clientId, clientSecret, discovery, token, applicationName } = options;
  if (credentials !== undefined) {
    refuseBoth('credentials', { clientId, clientSecret, discovery });
    return credentials;
  }
  const { clientAssertion, clientAuth } = token ?? {};
  const proof = clientAssertion === undefined ? `token.clientAuth ${clientAuth}` : 'token.clientAssertion';
  if (clientAssertion !== undefined || clientAuth === 'tls_client_auth') {
    refuseBoth(proof, { clientSecret });
    if (clientId !== undefined) return idAlone(clientId);
  }
  const { onWaiting: given, ...dapr } = discovery?.dapr ?? {};
  return discoverCredentials({
    ...{ ...discovery, clock: discovery?.clock ?? token?.clock },
    ...{ applicationName, clientId, clientSecret, env },
    dapr: {
      ...dapr,
      onWaiting: (event): unknown => {
        onWaiting(event);
        return given?.(event);
      },
    },
  });
}

/** The client proves itself by something else than a secret. */
function idAlone(clientId: string): ApplicationCredentialSource {
  if (clientId === '') throw new TypeError('clientId must not be empty');
  const credentials = { clientId, source: 'option clientId' };
  return { get: () => Promise.resolve(credentials), invalidate: () => undefined };
}

import type { Environment } from '@worker-auth/internal';
import { discoverCredentials, type WaitingEvent } from '@worker-auth/secret-store';
import { type FileTokenSource, fileTokenSource } from '@worker-auth/token-manager';
import type { ApplicationCredentialSource, NamedAuthOptions } from '../settings/auth-options.ts';
import { refuseBoth } from '../settings/setting-reader.ts';

/**
 * Where the credentials of an application come from: a source of the user's own, the options, or discovery.
 *
 * @param onWaiting called while a sidecar is waited for, beside a listener of the user's own
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
    if (clientId === '') throw new TypeError('clientId must not be empty');
    const alone = clientId && { clientId, source: 'option clientId' };
    if (alone) return { get: () => Promise.resolve(alone), invalidate: () => undefined };
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

/** @throws TypeError for options that say where else tokens come from, or how they are requested */
export function fileTokens(
  tokenFile: string,
  { authUrl, clientId, clientSecret, credentials, discovery, token = {} }: NamedAuthOptions,
): FileTokenSource {
  refuseBoth('tokenFile', { authUrl, clientId, clientSecret, credentials, discovery });
  const { clock, random, defaultLifetimeMs, ...request } = token;
  const asked = Object.entries(request).map(([name, value]) => [`token.${name}`, value]);
  refuseBoth('tokenFile', Object.fromEntries(asked) as Readonly<Record<string, unknown>>);
  return fileTokenSource(tokenFile, { clock, random, defaultLifetimeMs });
}

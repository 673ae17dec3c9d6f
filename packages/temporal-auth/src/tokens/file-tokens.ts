import { fileTokenSource, type FileTokenSource } from '@worker-auth/token-manager';
import type { NamedAuthOptions } from '../settings/auth-options.ts';
import { refuseBoth } from './credentials.ts';

/**
 * The tokens of an application that somebody else writes into a file.
 *
 * @throws TypeError for options that say where else tokens come from, or how they are requested
 */
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

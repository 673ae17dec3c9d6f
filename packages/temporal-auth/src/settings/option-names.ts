import { checkOptions, type OptionNames } from '@worker-auth/internal';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import type { TemporalAuthOptions, TemporalWorkflowClientOptions } from './temporal-options.ts';

const ofTokens: OptionNames<AtlanAuthClientOptions> = {
  ...{ applicationName: true, authEnabled: true, authUrl: true, tokenFile: true },
  ...{ clientId: true, clientSecret: true, credentials: true, discovery: true, token: true },
  ...{ proxy: true, ca: true, env: true, logger: true },
};

const ofTemporal: Omit<OptionNames<TemporalAuthOptions>, 'tokens'> = {
  ...ofTokens,
  ...{ host: true, port: true, namespace: true, tls: true, metadata: true, profile: true },
  ...{ connection: true, nativeConnection: true, acknowledgeResults: true },
  ...{ connectTimeoutMs: true, bootTimeoutMs: true, newTokenTimeoutMs: true },
};

/** The options that are about tokens, of those of a client. */
export function tokenOptions(options: AtlanAuthClientOptions): AtlanAuthClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(ofTokens, name)));
}

/** @throws TypeError for an option that there is not, with the nearest name */
export function checkAuthClientOptions(options: AtlanAuthClientOptions): void {
  checkOptions('AtlanAuthClient', options, ofTokens);
}

/** @throws TypeError as {@link checkAuthClientOptions} */
export function checkWorkflowClientOptions(options: TemporalWorkflowClientOptions): void {
  const more = { client: true, autoStartTokenRefresh: true } as const;
  checkOptions<TemporalWorkflowClientOptions>('TemporalWorkflowClient', options, { ...ofTemporal, ...more });
}

/** @throws TypeError as {@link checkAuthClientOptions}, and for your own tokens beside an option that says where tokens come from */
export function checkPluginOptions(options: TemporalAuthOptions): void {
  checkOptions<TemporalAuthOptions>('temporalAuth', options, { ...ofTemporal, tokens: true });
  if (options.tokens === undefined) return;
  const { authEnabled, authUrl, tokenFile, clientId, clientSecret, credentials, discovery } = options;
  refuseBoth('tokens', { authEnabled, authUrl, tokenFile, clientId, clientSecret, credentials, discovery });
}

/** @throws TypeError for an option beside one that contradicts it, with both names */
export function refuseBoth(name: string, others: Readonly<Record<string, unknown>>): void {
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other !== undefined) throw new TypeError(`Give ${name} or ${other[0]}, not both`);
}

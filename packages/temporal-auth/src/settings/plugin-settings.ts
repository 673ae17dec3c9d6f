import type { ConnectionOptions } from '@temporalio/client';
import { checkRange, maxTimerMs } from '@worker-auth/internal';
import type { CommonSettings } from '@worker-auth/calls/settings/auth-settings';
import { copied } from '@worker-auth/calls/settings/copied';
import type { Profile } from '@worker-auth/calls/settings/profile';
import { authorizationKey, readSettings, type Settings } from '@worker-auth/calls/settings/settings';
import type { TemporalSettings } from './temporal-options.ts';

/** What options of the connections must not hold. */
const insteadOf = {
  address: 'give host and port',
  apiKey: 'the token is set by the client itself',
  connectTimeout: 'give connectTimeoutMs',
  metadata: 'give metadata, which is for both connections',
  tls: 'give tls, which is for both connections',
} as const;

type OfPlugin =
  | 'connection'
  | 'nativeConnection'
  | 'acknowledgeResults'
  | 'pendingResultsShare'
  | 'shutdownTimeoutMs';

/** What is set for Temporal, for the connections to it and for workers; checked, with defaults. */
export type PluginSettings = Settings & { readonly [Name in OfPlugin]: NonNullable<TemporalSettings[Name]> };

export function readPluginSettings(options: TemporalSettings, common?: CommonSettings): PluginSettings {
  const { shutdownTimeoutMs = 25_000, pendingResultsShare = 0.5, acknowledgeResults = true } = options;
  checkRange('shutdownTimeoutMs', shutdownTimeoutMs, { min: 0, max: maxTimerMs });
  checkRange('pendingResultsShare', pendingResultsShare, { min: 0, max: 1 });
  checkConnections(options);
  return {
    ...readSettings(options, common),
    shutdownTimeoutMs,
    acknowledgeResults,
    pendingResultsShare,
    connection: { ...copied(options.connection) },
    nativeConnection: { ...copied(options.nativeConnection) },
  };
}

/**
 * Rejects a connection with another authorization than the token: one of them would be dropped, or no call would leave. What its profile says is none: a
 * program may hand it on.
 */
export function rejectAuthorization(
  { apiKey, metadata = {}, callCredentials = [] }: ConnectionOptions,
  profile: Profile | undefined,
): void {
  const profiled = Object.entries(profile?.metadata ?? {});
  const isProfiled = ([key, value]: readonly [string, unknown]): boolean =>
    profiled.some(([name, text]) => name.toLowerCase() === key.toLowerCase() && text === value);
  const [key] =
    Object.entries(metadata).find((entry) => authorizationKey.test(entry[0]) && !isProfiled(entry)) ?? [];
  const sources = [
    ...(apiKey && apiKey !== profile?.apiKey() ? ['apiKey'] : []),
    ...(key === undefined ? [] : [`"${key}" in its metadata`]),
    ...(callCredentials.length > 0 ? ['callCredentials'] : []),
  ];
  if (sources.length > 0)
    throw new TypeError(
      `The connection has ${sources.join(' and ')}, and the plugin sets the access token: leave one of them out`,
    );
}

function checkConnections({ connection, nativeConnection }: TemporalSettings): void {
  for (const [name, given] of Object.entries({ connection, nativeConnection })) {
    for (const [key, instead] of Object.entries(insteadOf)) {
      if (given?.[key as keyof typeof given] !== undefined)
        throw new TypeError(`${name} must not hold "${key}": ${instead}`);
    }
  }
}

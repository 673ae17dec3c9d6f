import { checkRange, maxTimerMs, timerMs } from '@worker-auth/internal';
import { type CommonSettings, readCommonSettings } from './auth-settings.ts';
import { checkMetadata, isAuthorization, withoutAuthorization } from './metadata.ts';
import { refuseBoth } from './option-names.ts';
import { readPlace } from './place.ts';
import { type Profile, readProfile } from './profile.ts';
import type { TemporalAuthOptions } from './temporal-options.ts';
import { checkTls, type TlsOptions } from './tls-options.ts';

/** Options, with their defaults. */
type Resolved<K extends keyof TemporalAuthOptions> = {
  readonly [Name in K]-?: NonNullable<TemporalAuthOptions[Name]>;
};

/** What is set for Temporal and for the connections to it: options, then the environment, then a profile; checked, with defaults. */
export interface Settings
  extends
    CommonSettings,
    Resolved<'connectTimeoutMs' | 'bootTimeoutMs' | 'newTokenTimeoutMs' | 'acknowledgeResults'>,
    Resolved<'connection' | 'nativeConnection'> {
  /** The address is `host:port`, as Temporal's connections take it. */
  readonly place: ReturnType<typeof readPlace>;
  readonly profile: Profile | undefined;
  /** `undefined` when the secret decides. */
  readonly tls: TlsOptions | undefined;
  /** gRPC metadata with keys in lower case, without authorization. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Authorization that a profile has among its metadata, for calls without a token. */
  readonly authorization: Readonly<Record<string, string>>;
}

/** What options of the connections must not hold, and what to do instead. */
const insteadOf = {
  address: 'give host and port',
  apiKey: 'the token is set by the client itself',
  connectTimeout: 'give connectTimeoutMs',
  metadata: 'give metadata, which is for both connections',
  tls: 'give tls, which is for both connections',
} as const;

/**
 * Reads the options that are about Temporal. ConfigurationError for what makes no sense, TypeError for metadata that carries authorization and for
 * options that contradict each other, RangeError for a number outside its range.
 */
export function readSettings(options: TemporalAuthOptions, common = readCommonSettings(options)): Settings {
  const { bootTimeoutMs = 120_000, newTokenTimeoutMs = 15_000, connectTimeoutMs = 10_000 } = options;
  checkRange('bootTimeoutMs', bootTimeoutMs, { min: 0, max: maxTimerMs });
  checkRange('newTokenTimeoutMs', newTokenTimeoutMs, { min: 0, max: maxTimerMs });
  checkRange('connectTimeoutMs', connectTimeoutMs, timerMs);
  checkTls(options.tls);
  checkConnections(options);
  const profile = readProfile(options, common.env);
  const metadata = checkMetadata(withoutAuthorization(profile?.metadata));
  const profiled = Object.entries(profile?.metadata ?? {});
  return {
    ...{ ...common, profile, bootTimeoutMs, newTokenTimeoutMs, connectTimeoutMs },
    acknowledgeResults: options.acknowledgeResults ?? true,
    connection: { ...options.connection },
    nativeConnection: { ...options.nativeConnection },
    place: readPlace(options, common.env, profile),
    tls: options.tls ?? profile?.tls,
    metadata: { ...metadata, ...checkMetadata(options.metadata) },
    authorization: Object.fromEntries(profiled.filter(([key]) => isAuthorization(key))),
  };
}

/** @throws TypeError for what an option of the client itself says, and for options that contradict each other, with both names */
function checkConnections({ connection, nativeConnection, tls, proxy }: TemporalAuthOptions): void {
  for (const [name, given] of Object.entries({ connection, nativeConnection })) {
    for (const [key, instead] of Object.entries(insteadOf)) {
      if (given?.[key as keyof typeof given] !== undefined)
        throw new TypeError(`${name} must not hold "${key}": ${instead}`);
    }
  }
  if (tls !== undefined) refuseBoth('tls', { 'connection.credentials': connection?.credentials });
  if (proxy !== undefined) refuseBoth('proxy', { 'nativeConnection.proxy': nativeConnection?.proxy });
}

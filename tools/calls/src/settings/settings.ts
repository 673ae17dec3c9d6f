import { callSafely, checkApart, checkRange, isPlain, maxTimerMs, timerMs } from '@worker-auth/internal';
import { settingRejected } from '../errors/own-errors.ts';
import type { PlaceSettings, RotatingTls, TlsOptions } from './auth-options.ts';
import { type CommonSettings, readCommonSettings } from './auth-settings.ts';
import { copied } from './copied.ts';
import { type Place, readPlace, readTls } from './host.ts';
import { type Profile, readProfile } from './profile.ts';

/** On a native connection such a key of the metadata would win over the token for ever, silently. */
export const authorizationKey = /^(?:proxy-)?authorization$/i;

/** A key of gRPC metadata for text; those that begin with `grpc-` are gRPC's own (gRPC over HTTP/2, "Custom-Metadata"). */
const legalKey = /^(?!grpc-)[\da-z_.-]+(?<!-bin)$/;

/** A value of gRPC metadata in text (gRPC over HTTP/2, "ASCII-Value"). */
const legalValue = /^[\x20-\x7e]*$/;

type TextMetadata = Readonly<Record<string, string>>;

type Resolved<K extends keyof PlaceSettings> = {
  readonly [Name in K]-?: NonNullable<PlaceSettings[Name]>;
};

/** What is set for Temporal: options, then the environment, then a profile; checked, with defaults. */
export interface Settings
  extends CommonSettings, Resolved<'connectTimeoutMs' | 'bootTimeoutMs' | 'newTokenTimeoutMs'> {
  /** The address is `host:port`, as Temporal's connections take it. */
  readonly place: Place;
  readonly profile: Profile | undefined;
  /** `undefined` when the secret decides. */
  readonly tls: TlsOptions | undefined;
  /** The same as profile and files have it by now; as it was while they cannot be read. */
  readonly newestTls: () => TlsOptions | undefined;
  /** gRPC metadata with keys in lower case, without authorization. */
  readonly metadata: TextMetadata;
  /** Authorization that a profile has among its metadata, for calls without a token. */
  readonly authorization: TextMetadata;
}

export function readSettings(options: PlaceSettings, common = readCommonSettings(options)): Settings {
  const { bootTimeoutMs = 120_000, newTokenTimeoutMs = 15_000, connectTimeoutMs = 30_000 } = options;
  checkRange('bootTimeoutMs', bootTimeoutMs, { min: 0, max: maxTimerMs });
  checkRange('newTokenTimeoutMs', newTokenTimeoutMs, { min: 0, max: maxTimerMs });
  checkRange('connectTimeoutMs', connectTimeoutMs, timerMs);
  checkTls(options.tls);
  const profile = readProfile(options, common.env);
  const metadata = checkMetadata(withoutAuthorization(profile?.metadata));
  const given = copied(options.tls);
  const tlsNow = (read = profile) => given ?? readTls(common.env, read?.tls);
  let tls = tlsNow();
  const profiled = Object.entries(profile?.metadata ?? {});
  return {
    ...common,
    profile,
    bootTimeoutMs,
    newTokenTimeoutMs,
    connectTimeoutMs,
    place: readPlace(options, common.env, profile),
    tls,
    newestTls: () => (tls = callSafely(() => tlsNow(readProfile(options, common.env)), tls)),
    metadata: { ...metadata, ...checkMetadata(options.metadata) },
    authorization: Object.fromEntries(profiled.filter(([key]) => authorizationKey.test(key))),
  };
}

export function isRotating(tls: TlsOptions | undefined): tls is RotatingTls {
  if (typeof tls !== 'object') return false;
  const { certFile, keyFile, caFile } = tls as Partial<RotatingTls>;
  return [certFile, keyFile, caFile].some((file) => file !== undefined);
}

/** A copy of metadata that nobody has checked, without what would win over the token. */
export function withoutAuthorization<V>(metadata: Readonly<Record<string, V>> = {}): Record<string, V> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !authorizationKey.test(key)));
}

/** A copy of a user's metadata, with keys in lower case. Errors name the key, never the value. */
export function checkMetadata(metadata: TextMetadata = {}): TextMetadata {
  if (!isPlain(metadata)) throw new TypeError('metadata must be an object with a text for each key');
  const checked = Object.entries(metadata).map(([given, value]): [string, string] => {
    const key = given.toLowerCase();
    if (authorizationKey.test(key))
      throw new TypeError(`metadata must not hold "${given}": the token is set by the client itself`);
    if (!legalKey.test(key))
      throw settingRejected(
        `metadata key ${JSON.stringify(given)} must consist of letters, digits, "-", "_" and ".", and neither begin with "grpc-" nor end ` +
          'with "-bin", which stands for bytes.',
      );
    if (typeof value !== 'string' || !legalValue.test(value))
      throw settingRejected(`metadata "${given}" must have a value of visible ASCII characters and spaces.`);
    return [key, value];
  });
  return Object.fromEntries(checked);
}

function checkTls(tls: TlsOptions | null | undefined): void {
  if (!['undefined', 'boolean', 'object'].includes(typeof tls)) {
    throw new TypeError(`tls must be true, false or an object; received a ${typeof tls}`);
  }
  if (tls == null || !isRotating(tls)) return;
  checkApart(tls, 'certFile', ['clientCertPair', 'serverRootCACertificate'], 'tls.');
}

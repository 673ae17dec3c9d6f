import type { ConnectionOptions } from '@temporalio/client';
import { settingRefused } from '../errors/own-errors.ts';

/** On a native connection such a key would win over the token for ever, silently. */
const authorizationKey = /^(?:proxy-)?authorization$/;

/** A key of gRPC metadata; those that begin with `grpc-` are gRPC's own (gRPC over HTTP/2, "Custom-Metadata"). */
const legalKey = /^(?!grpc-)[\da-z_.-]+$/;

/** A value of gRPC metadata in text (gRPC over HTTP/2, "ASCII-Value"). */
const legalValue = /^[\x20-\x7e]*$/;

type TextMetadata = Readonly<Record<string, string>>;

/**
 * A copy of a user's metadata, with keys in lower case. TypeError for a key that would win over the token, ConfigurationError for what gRPC
 * cannot send: names the key, never the value.
 */
export function checkMetadata(metadata: TextMetadata = {}): TextMetadata {
  if (typeof metadata !== 'object' || metadata instanceof Map)
    throw new TypeError('metadata must be an object with a text for each key');
  const checked = Object.entries(metadata).map(([given, value]): [string, string] => {
    const key = given.toLowerCase();
    if (isAuthorization(key))
      throw new TypeError(`metadata must not hold "${given}": the token is set by the client itself`);
    if (!legalKey.test(key))
      throw settingRefused(
        `metadata key ${JSON.stringify(given)} must consist of letters, digits, "-", "_" and ".", and not begin with "grpc-".`,
      );
    if (key.endsWith('-bin'))
      throw settingRefused(`metadata key "${given}" stands for bytes, and metadata takes text alone.`);
    if (typeof value !== 'string' || !legalValue.test(value))
      throw settingRefused(`metadata "${given}" must have a value of visible ASCII characters and spaces.`);
    return [key, value];
  });
  return Object.freeze(Object.fromEntries(checked));
}

/** Whether a key of metadata, in any case, carries authorization. */
export function isAuthorization(key: string): boolean {
  return authorizationKey.test(key.toLowerCase());
}

/** A copy of metadata that nobody has checked, without what would win over the token. */
export function withoutAuthorization<V>(metadata: Readonly<Record<string, V>> = {}): Record<string, V> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !isAuthorization(key)));
}

/** @throws TypeError for what would win over the token, silently */
export function refuseAuthorization(metadata: NonNullable<ConnectionOptions['metadata']>): void {
  const key = Object.keys(metadata).find(isAuthorization);
  if (key !== undefined)
    throw new TypeError(
      `The connection was opened with "${key}" in its metadata: open it with plugins: [auth], or without that`,
    );
}

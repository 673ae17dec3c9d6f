import type { Clock } from '@worker-auth/ports';
import {
  anything,
  callback,
  type Checks,
  checkGiven,
  flag,
  listOf,
  oneOf,
  options as optionsOf,
  recordOf,
  text,
  texts,
  textOrTexts,
} from '../given/check-given.ts';
import { loopbackChecks, type LoopbackServerOptions } from '../server/loopback-server.ts';
import { usesCertificate } from './certificate-options.ts';
import { clientChecks, lifetimeCheck, type OAuthClientOptions } from './client-registry.ts';
import type { SigningAlgorithm } from './signing-key.ts';
import type { TrustedIssuer } from './trusted-issuers.ts';

/** Settings of `MockOAuthServer.start`. */
export interface MockOAuthServerOptions extends LoopbackServerOptions {
  /** The id of the one client. Default `worker`. */
  readonly clientId?: string;
  /** The secret of the one client. Default `s3cret`. */
  readonly clientSecret?: string;
  /** Several clients, in place of `clientId` and `clientSecret`. */
  readonly clients?: readonly OAuthClientOptions[];
  /** Life of the tokens in seconds. Default 3600. */
  readonly lifetimeSeconds?: number;
  /** The `permissions` claim, as Temporal's default claim mapper reads it. Default `["default:write"]`. */
  readonly permissions?: readonly string[];
  /** The `aud` claim. Default none. */
  readonly audience?: string | readonly string[];
  /** The `sub` claim. Default the client id. */
  readonly subject?: string;
  /** Of the first signing key. Default `RS256`. */
  readonly signingAlg?: SigningAlgorithm;
  /** Path of the issuer, as Keycloak's `/realms/x`. Default none. */
  readonly issuerPath?: string;
  /** Asks clients for certificates over TLS. Default: when one of those that it starts with authenticates by one. */
  readonly requestClientCertificate?: boolean;
  /** Whose assertions authenticate clients, beside their own. Default nobody's. */
  readonly trustedIssuers?: readonly TrustedIssuer[];
  /** Decides about each `client_assertion` in place of the keys, secrets and issuers. Default: these decide. */
  readonly acceptAssertion?: (assertion: string) => boolean;
  /**
   * Takes only assertions of RFC 10070: their `aud` is the issuer, as text and alone, and the `typ` of those that clients sign is
   * `client-authentication+jwt`. Default false: as Keycloak, which takes the URL of the token endpoint too, and any `typ`.
   */
  readonly strictAssertions?: boolean;
  /** The wall clock of `iat`, `exp` and the `Date` header. Default the host's. */
  readonly clock?: Pick<Clock, 'wallNow'>;
}

const optionChecks: Checks<MockOAuthServerOptions> = {
  ...loopbackChecks,
  clientId: text,
  clientSecret: text,
  clients: listOf(optionsOf(clientChecks)),
  lifetimeSeconds: lifetimeCheck,
  permissions: texts,
  audience: textOrTexts,
  subject: text,
  signingAlg: oneOf(['RS256', 'ES256']),
  issuerPath: text,
  requestClientCertificate: flag,
  trustedIssuers: listOf(
    optionsOf<TrustedIssuer>({ issuer: text, jwks: anything, subjects: recordOf(text), audience: text }),
  ),
  acceptAssertion: callback,
  strictAssertions: flag,
};

/** @throws TypeError, or RangeError for a number out of range */
export function checkOAuthOptions(options: MockOAuthServerOptions): void {
  checkGiven('MockOAuthServer.start', options, optionChecks);
}

/** The clients that the options name. @throws TypeError when they name them in both ways */
export function clientsOf(options: MockOAuthServerOptions): readonly OAuthClientOptions[] {
  rejectBoth(options, 'clientId', 'clients');
  rejectBoth(options, 'clientSecret', 'clients');
  const { clients, clientId = 'worker', clientSecret = 's3cret' } = options;
  return clients ?? [{ clientId, clientSecret }];
}

/** Those who may vouch for clients. @throws TypeError when something else decides about assertions */
export function trustedIssuersOf(options: MockOAuthServerOptions): readonly TrustedIssuer[] {
  rejectBoth(options, 'acceptAssertion', 'trustedIssuers');
  return options.trustedIssuers ?? [];
}

/**
 * Whether clients are asked for certificates.
 *
 * @throws TypeError when one needs that and the options forbid it
 */
export function takesCertificates(
  { tls = false, requestClientCertificate }: MockOAuthServerOptions,
  clients: readonly OAuthClientOptions[],
): boolean {
  const client = clients.find(usesCertificate);
  const takes = requestClientCertificate ?? client !== undefined;
  if (client !== undefined && (!takes || tls === false)) rejectCertificate(client);
  if (takes && tls === false) throw new TypeError('requestClientCertificate needs tls: give both');
  return takes;
}

/** @throws TypeError */
export function rejectCertificate({ clientId }: OAuthClientOptions): never {
  throw new TypeError(
    `The client ${clientId} needs a server that asks for certificates: start it with tls and requestClientCertificate`,
  );
}

function rejectBoth(
  options: MockOAuthServerOptions,
  one: keyof MockOAuthServerOptions,
  other: keyof MockOAuthServerOptions,
): void {
  if (options[one] === undefined || options[other] === undefined) return;
  throw new TypeError(`Give ${one} or ${other}, not both`);
}

import {
  checkApart,
  checkOptions,
  type Clock,
  type Environment,
  type OptionNames,
} from '@worker-auth/internal';
import type { CertificateFiles } from '@worker-auth/refresh-scheduler/certificate';
import type { DiscoverCredentialsOptions, WaitingListener } from '@worker-auth/secret-store';
import {
  type ClientCredentials,
  type CredentialReadOptions,
  type CredentialSource,
  type ProviderOptions,
  providers,
  type TokenManagerOptions,
} from '@worker-auth/token-manager';
import { secureUrl } from './formats.ts';
import { onlyOne, readAll, type Reading, type Setting } from './setting.ts';
import { identity } from './table.ts';

/** Client credentials, and what else a secret may say. */
export interface ApplicationCredentials extends ClientCredentials {
  /** Whether Temporal is reached over TLS, when the secret says so (`workflow_tls_enabled`). */
  readonly tlsEnabled?: boolean | undefined;
}

/**
 * Gives {@link ApplicationCredentials}; the sources of `@worker-auth/secret-store` fit. What it throws reaches the caller by its `kind`
 * (`configuration`, `connectivity` or `authentication`), `code` and `retryable`, where it has these.
 */
export interface ApplicationCredentialSource extends CredentialSource {
  get(options?: CredentialReadOptions): Promise<ApplicationCredentials>;
}

interface Asked extends Pick<
  TokenManagerOptions,
  'scope' | 'audience' | 'resource' | 'extraParams' | 'allowInsecureHttp'
> {
  /** Who issues the tokens, where that costs money, counts against a quota or has a habit of its own. What is given beside it wins. Default none. */
  readonly provider?: keyof typeof providers | undefined;
}

/**
 * Where tokens are requested, and what is asked for. What is not given comes from the environment, for the endpoint at last from the credentials
 * themselves.
 */
export type ServerOptions = Asked &
  (
    | {
        /** The token endpoint. */
        readonly tokenUrl?: string | URL | undefined;
        readonly issuer?: undefined;
        readonly metadataUrl?: undefined;
      }
    | {
        /** The issuer, whose metadata names the token endpoint. */
        readonly issuer: string | URL;
        readonly tokenUrl?: undefined;
        readonly metadataUrl?: undefined;
      }
    | {
        /** The whole URL of the metadata, where they name another issuer. */
        readonly metadataUrl: string | URL;
        readonly tokenUrl?: undefined;
        readonly issuer?: undefined;
      }
  );

export interface OpeningContext {
  readonly env: Environment;
  readonly clock: Clock;
  /** Called while a sidecar is waited for. */
  readonly onWaiting: WaitingListener;
  /** How long a sidecar is waited for, and one of its responses. Default as `daprStore` waits. */
  readonly sidecarTimeoutMs?: number | undefined;
  /** Whether others are asked after these. Default false. */
  readonly isInChain?: boolean;
}

/** Where tokens are requested: what a token manager is made with, but for the client, and who names the endpoint. */
export interface Server {
  readonly request: Omit<TokenManagerOptions, 'credentials' | 'clock' | 'random' | 'fetch'>;
  /** `undefined` where the credentials name it. */
  readonly endpoint: Reading<string> | undefined;
}

export interface OpenedClient extends Server {
  /** @throws for settings of the source that make no sense */
  readonly source: () => ApplicationCredentialSource;
  /** Whether the source is of the user's own, and may throw anything. Default false. */
  readonly isForeign?: boolean;
  /** Of a client that proves itself by it. */
  readonly certificate?: Pick<CertificateFiles, 'certFile' | 'keyFile'> | undefined;
  /** Where a secret is looked for. */
  readonly discovery?: DiscoverCredentialsOptions;
}

/** What credentials come to: a client, or a file that has the token itself, with what names that. */
export type Opened = OpenedClient | { readonly file: string; readonly from: string };

const serverOptions: OptionNames<Asked & Record<'tokenUrl' | 'issuer' | 'metadataUrl', unknown>> = {
  tokenUrl: true,
  issuer: true,
  metadataUrl: true,
  scope: true,
  audience: true,
  resource: true,
  extraParams: true,
  allowInsecureHttp: true,
  provider: true,
};

/** Options, then the environment; and where the endpoint is named. */
export function readServer(
  { tokenUrl, issuer, metadataUrl, provider, ...asked }: ServerOptions,
  env: Environment,
  urlOption = 'tokenUrl',
): Server {
  const isGiven = (tokenUrl ?? issuer ?? metadataUrl) !== undefined;
  return readAll(env, (read) => {
    const readUrl = (setting: Setting<string>, what: string, given: unknown, option?: string) =>
      isGiven && given === undefined
        ? undefined
        : read({ ...setting, ...secureUrl(what, asked.allowInsecureHttp) }, given, option);
    const byUrl = readUrl(identity.tokenUrl, 'the token endpoint', tokenUrl, urlOption);
    const byIssuer = readUrl(identity.issuer, 'the issuer', issuer);
    const byMetadata = readUrl(identity.metadataUrl, 'the metadata', metadataUrl);
    const name = read(identity.provider, provider)?.value;
    const preset: ProviderOptions = name === undefined ? {} : providers[name];
    const request = {
      ...preset,
      ...asked,
      tokenUrl: byUrl?.value,
      issuer: byIssuer?.value,
      metadataUrl: byMetadata?.value,
      scope: asked.scope ?? read(identity.scope)?.value ?? preset.scope,
      audience: asked.audience ?? read(identity.audience)?.value,
      resource: asked.resource ?? read(identity.resource)?.value,
    };
    return { request, endpoint: onlyOne(byIssuer, byMetadata, byUrl) };
  });
}

/** @throws TypeError for an option that there is not, and two that exclude each other */
export function checkServer(owner: string, options: object, ...others: readonly string[]): void {
  const names = Object.fromEntries(others.map((name) => [name, true]));
  checkOptions<object>(owner, options, { ...names, ...serverOptions });
  checkApart(options, 'issuer', ['tokenUrl', 'metadataUrl']);
  checkApart(options, 'metadataUrl', ['tokenUrl']);
}

export function discoveryOf(
  applicationName: string,
  { env, clock, onWaiting, sidecarTimeoutMs: timeoutMs }: OpeningContext,
  order: DiscoverCredentialsOptions['order'],
): DiscoverCredentialsOptions {
  const dapr = { onWaiting, startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  return { applicationName, env, clock, order, dapr };
}

import { checkFunction } from '@worker-auth/internal';
import { type CertificateFiles, certificateLease } from '@worker-auth/refresh-scheduler/certificate';
import {
  CredentialsNotFoundError,
  discoverCredentials,
  SecretStoreErrorCode,
} from '@worker-auth/secret-store';
import type { ClientAssertion } from '@worker-auth/token-manager';
import { privateKeyJwt, type PrivateKeyJwtOptions } from '@worker-auth/token-manager/private-key-jwt';
import { settingRejected } from '../errors/own-errors.ts';
import { messageOf } from '../errors/translate.ts';
import { type EnvironmentOptions, openEnvironment } from './environment-credentials.ts';
import {
  type ApplicationCredentialSource,
  checkServer,
  discoveryOf,
  type Opened,
  type OpenedClient,
  type OpeningContext,
  readServer,
  type ServerOptions,
} from './server.ts';
import { readAll } from './setting.ts';
import { identity } from './table.ts';

let openCredentials: (credentials: Credentials, context: OpeningContext) => Opened;

/** Who the client is and how it proves that: made by `clientSecret()`, `environment()` and the other functions here. Shows no secret. */
export class Credentials {
  /** The function that made them. */
  readonly kind: string;
  readonly #open: (context: OpeningContext) => Opened;

  static {
    // eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the variable has the type
    openCredentials = (credentials, context) => credentials.#open(context);
  }

  constructor(kind: string, open: (context: OpeningContext) => Opened) {
    this.kind = kind;
    this.#open = open;
  }
}

/** Credentials that are looked for, which `chain()` takes. */
export class FoundCredentials extends Credentials {
  // Nothing else is one.
  readonly isFound = true;
}

/** What `credentials` may be: made by a function here, or a source of your own. */
export type CredentialsOption = Credentials | ApplicationCredentialSource;

/** Options of {@link clientSecret}: the client, its secret, and where and how tokens are requested. */
export type ClientSecretOptions = ServerOptions & {
  readonly id: string;
  readonly secret: string;
  /** How id and secret are sent: in the form, in a Basic header, or as the key of a signature. Default what the issuer offers, else `client_secret_post`. */
  readonly method?: 'client_secret_post' | 'client_secret_basic' | 'client_secret_jwt' | undefined;
};

/** Options of {@link privateKey}: the client, its key, and where and how tokens are requested. */
export type PrivateKeyOptions = ServerOptions & Pick<PrivateKeyJwtOptions, 'key'> & { readonly id: string };

/** Options of {@link assertion}: the client, and where and how tokens are requested. */
export type AssertionOptions = ServerOptions & {
  /** Default `WORKER_AUTH_CLIENT_ID`. */
  readonly id?: string | undefined;
};

/** Options of {@link certificate}: the client, the files of its certificate, and where and how tokens are requested. */
export type CertificateOptions = ServerOptions & Omit<CertificateFiles, 'caFile'> & { readonly id: string };

/** Options of {@link dapr}: the application, the component and its secret, and where and how tokens are requested. */
export type DaprOptions = ServerOptions & {
  /** Names the keys of the secret: `postgres-extraction` has `postgres_extraction_client_id` and so on. */
  readonly application: string;
};

/** A client id and its secret (RFC 6749 section 2.3.1). */
export function clientSecret(options: ClientSecretOptions): Credentials {
  checkServer('clientSecret', options, 'id', 'secret', 'method');
  const { secret, method: clientAuth, ...client } = options;
  return known('clientSecret', client, { clientAuth }, { secret });
}

/**
 * A client id and the private key that signs its assertions (`private_key_jwt`, RFC 7523). A JWK says its `kid`; for one beside a PEM give
 * `assertion(privateKeyJwt({ key, keyId }), { id })`.
 *
 * @throws TokenManagerError (`TOKEN_CREDENTIALS_INVALID`) for a key that is none, without anything of it
 */
export function privateKey(options: PrivateKeyOptions): Credentials {
  checkServer('privateKey', options, 'id', 'key');
  const { key, ...client } = options;
  return known('privateKey', client, { clientAssertion: privateKeyJwt({ key }) });
}

/**
 * A client whose assertion comes from elsewhere (RFC 7523 section 2.2): `fileAssertion(path)`, or a function that gives one, such as a
 * platform's identity.
 *
 * @throws TypeError for a source that is no function
 */
export function assertion(source: ClientAssertion, options: AssertionOptions = {}): Credentials {
  checkFunction('assertion', source);
  checkServer('assertion', options, 'id');
  return known('assertion', options, { clientAssertion: source });
}

/**
 * A client that proves itself by its TLS certificate (`tls_client_auth`, RFC 8705), in files that rotate.
 *
 * @throws TypeError for a path that is empty
 */
export function certificate(options: CertificateOptions): Credentials {
  checkServer('certificate', options, 'id', 'certFile', 'keyFile');
  const { certFile, keyFile, ...client } = options;
  const files = { certFile, keyFile };
  certificateLease(files);
  return known('certificate', client, { clientAuth: 'tls_client_auth' }, { certificate: files });
}

/** What the environment says: see `docs/reference/environment.md`. */
export function environment(options: EnvironmentOptions = {}): FoundCredentials {
  checkServer('environment', options, 'application');
  return new FoundCredentials('environment', (context) => openEnvironment(options, context));
}

/** The secret of an application in a Dapr secret store component. */
export function dapr(options: DaprOptions): FoundCredentials {
  checkServer('dapr', options, 'application');
  const { application, ...server } = options;
  return new FoundCredentials('dapr', (context) => {
    const discovery = discoveryOf(application, context, ['dapr']);
    return { source: () => discoverCredentials(discovery), ...readServer(server, context.env), discovery };
  });
}

/**
 * The first of these that has credentials. One that cannot answer ends the search: it is never taken for one that has none. Where and how tokens are
 * requested is that of the first.
 */
export function chain(
  first: FoundCredentials,
  ...others: readonly (FoundCredentials | ApplicationCredentialSource)[]
): FoundCredentials {
  return new FoundCredentials('chain', (context) => {
    const inChain = { ...context, isInChain: true };
    const setup = openOption(first, inChain);
    if ('file' in setup) return setup;
    const rest = others.map((one) => openOption(one, inChain));
    const sources = [setup, ...rest].flatMap((opened) => ('file' in opened ? [] : opened.source));
    return { ...setup, source: () => firstOf(sources.map((make) => make())) };
  });
}

/** Opens credentials, or a source of the user's own, whose endpoint the environment may name. */
export function openOption(given: CredentialsOption, context: OpeningContext): Opened {
  if (given instanceof Credentials) return openCredentials(given, context);
  checkFunction('credentials.get', (given as Partial<ApplicationCredentialSource> | null)?.get);
  return { ...readServer({}, context.env), source: () => given, isForeign: true };
}

/** A client whose id and proof are at hand. What is wrong with these shows when they are opened, with the name of its option. */
function known(
  kind: string,
  { id, ...server }: AssertionOptions,
  proof: Pick<OpenedClient['request'], 'clientAuth' | 'clientAssertion'>,
  given: { readonly secret?: string; readonly certificate?: OpenedClient['certificate'] } = {},
): Credentials {
  return new Credentials(kind, ({ env }) => {
    const { request, endpoint } = readServer(server, env);
    const [clientId, clientSecret] = readAll(env, (read) => [
      read(identity.clientId, id, 'id')?.value,
      'secret' in given ? read(identity.clientSecret, given.secret, 'secret')?.value : undefined,
    ]);
    if (clientId === undefined)
      throw settingRejected(`${kind}() has no id. Give it, or set WORKER_AUTH_CLIENT_ID.`);
    const credentials = { clientId, clientSecret, source: `${kind}()` };
    const source = { get: () => Promise.resolve(credentials), invalidate: () => undefined };
    return {
      endpoint,
      request: { ...request, ...proof },
      source: () => source,
      certificate: given.certificate,
    };
  });
}

function firstOf(sources: readonly ApplicationCredentialSource[]): ApplicationCredentialSource {
  return {
    get: async (options) => {
      const missing: CredentialsNotFoundError[] = [];
      for (const source of sources) {
        try {
          return await source.get(options);
        } catch (error) {
          if (!(error instanceof CredentialsNotFoundError)) throw error;
          missing.push(error);
        }
      }
      throw new CredentialsNotFoundError(missing.map(messageOf).join('\n'), {
        code: SecretStoreErrorCode.credentialsNotFound,
        searchedSources: missing.flatMap(({ searchedSources }) => searchedSources),
      });
    },
    invalidate: () => {
      for (const source of sources) source.invalidate();
    },
  };
}

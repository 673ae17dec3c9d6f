import { readBoundedFile } from '@worker-auth/internal/file';
import {
  CredentialsNotFoundError,
  discoverCredentials,
  SecretStoreErrorCode,
} from '@worker-auth/secret-store';
import { type ClientAssertion, fileAssertion } from '@worker-auth/token-manager';
import { settingRejected } from '../errors/own-errors.ts';
import type { ApplicationCredentialSource } from './auth-options.ts';
import { discoveryOf, type Opened, type OpeningContext } from './opened.ts';
import { readServer, type ServerOptions } from './server.ts';
import { readAll, type Reading } from './setting-reader.ts';
import { signedBy } from './signing.ts';
import { identity } from './table.ts';

export type EnvironmentOptions = ServerOptions & {
  /** Names the variables `ATLAN_<app_name>_…` and the keys of the secret. Default `ATLAN_APPLICATION_NAME`, else these are not looked for. */
  readonly application?: string | undefined;
};

/** Longest secret and key, in bytes. */
const maxBytes = 65_536;

const proofs = ['clientSecret', 'clientSecretFile', 'privateKeyFile', 'assertionFile'] as const;

type Readings = Readonly<Partial<Record<(typeof proofs)[number], Reading<string> | undefined>>>;

/** Variables of the newer families, else those of the application and its secret. */
export function openEnvironment(
  { application: named, ...server }: EnvironmentOptions,
  context: OpeningContext,
  urlOption?: string,
): Opened {
  const { env, isInChain = false } = context;
  const application = readApplicationName(named, env);
  const { id, file, method, found } = readAll(
    env,
    (read) => ({
      id: read(identity.clientId),
      file: read(identity.tokenFile),
      method: read(identity.authMethod),
      found: Object.fromEntries(proofs.map((name) => [name, read(identity[name])])) satisfies Readings,
    }),
    application,
  );
  const secretMethod = method?.value === 'private_key_jwt' ? undefined : method?.value;
  const set = Object.values(found).filter((reading) => reading !== undefined);
  const isNewer = [id, file, ...set].some((one) => one !== undefined && one.family !== 'application-sdk 2');
  if (isNewer) {
    rejectSecond(file === undefined ? set : [file, ...[id, ...set].filter((one) => one !== undefined)]);
    if (file !== undefined) return { file: file.value, from: file.from };
    const { endpoint, request } = readServer(server, env, urlOption);
    const [proof] = set;
    const { clientAssertion } = assertionOf(found);
    const isSigned = clientAssertion !== undefined;
    if (method !== undefined && isSigned !== (method.value === 'private_key_jwt'))
      throw settingRejected(
        `${method.from} does not go with ${proof?.from ?? 'these credentials'}: leave one of them out.`,
      );
    const clientAuth = isSigned ? undefined : (secretMethod ?? request.clientAuth);
    const source = (): ApplicationCredentialSource => {
      if (id === undefined || proof === undefined) throw incomplete(id ?? proof);
      return sourceOf(id, proof, found);
    };
    return { endpoint, source, request: { ...request, clientAuth, clientAssertion } };
  }
  const { endpoint, request } = readServer(server, env, urlOption);
  const clientAuth = secretMethod ?? request.clientAuth;
  const opened = { endpoint, request: { ...request, clientAuth } };
  if (application === undefined) return { ...opened, source: () => noSource };
  const discovery = discoveryOf(application, context, isInChain ? ['environment'] : ['environment', 'dapr']);
  return { ...opened, source: () => discoverCredentials(discovery), discovery };
}

/** The option, else the variable; `undefined` where there is neither. */
export function readApplicationName(
  given: string | undefined,
  env: OpeningContext['env'],
): string | undefined {
  if (given !== undefined && (typeof given !== 'string' || given.trim() === ''))
    throw new TypeError('applicationName must not be empty: it names the credentials and the task queue');
  return given ?? readAll(env, (read) => read(identity.applicationName))?.value;
}

const noSource: ApplicationCredentialSource = {
  get: () => {
    const message =
      'OAuth2 credentials not found: set WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET. ' +
      'Or name the application (ATLAN_APPLICATION_NAME), so that its own variables and its secret are looked for.';
    const code = SecretStoreErrorCode.credentialsNotFound;
    return Promise.reject(new CredentialsNotFoundError(message, { code, searchedSources: [] }));
  },
  invalidate: () => undefined,
};

function rejectSecond([one, other]: readonly Reading<string>[]): void {
  if (one !== undefined && other !== undefined)
    throw settingRejected(`${one.from} and ${other.from} contradict each other: leave one of them out.`);
}

function incomplete(present: Reading<string> | undefined): Error {
  const missing =
    present?.from.toLowerCase().endsWith('_client_id') === true
      ? 'a secret, a private key or an assertion: set WORKER_AUTH_CLIENT_SECRET, WORKER_AUTH_PRIVATE_KEY_FILE or WORKER_AUTH_ASSERTION_FILE'
      : 'a client id: set WORKER_AUTH_CLIENT_ID';
  return settingRejected(`OAuth2 credentials are incomplete: ${present?.from} is set, without ${missing}.`);
}

function assertionOf({ privateKeyFile, assertionFile }: Readings): {
  readonly clientAssertion?: ClientAssertion;
} {
  if (assertionFile !== undefined) return { clientAssertion: fileAssertion(assertionFile.value) };
  if (privateKeyFile === undefined) return {};
  return {
    // Read for each request, since it rotates.
    clientAssertion: async (context) =>
      signedBy({ key: await readText(privateKeyFile, context.signal) })(context),
  };
}

function sourceOf(
  id: Reading<string>,
  proof: Reading<string>,
  { clientSecret, clientSecretFile }: Readings,
): ApplicationCredentialSource {
  const source = `environment variables ${id.from} and ${proof.from} (${id.family})`;
  return {
    get: async ({ signal } = {}) => {
      const secret =
        clientSecretFile === undefined ? clientSecret?.value : await readText(clientSecretFile, signal);
      return { clientId: id.value, clientSecret: secret, source };
    },
    invalidate: () => undefined,
  };
}

async function readText({ value: path, from }: Reading<string>, signal?: AbortSignal): Promise<string> {
  try {
    return (await readBoundedFile(path, { maxBytes, signal })).trim();
  } catch (error) {
    signal?.throwIfAborted();
    const { code = 'too large' } = error as { readonly code?: string };
    throw settingRejected(`${from} names ${path}, which cannot be read (${code}).`);
  }
}

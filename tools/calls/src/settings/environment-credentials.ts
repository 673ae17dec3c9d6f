import { throwIfAborted } from '@worker-auth/internal';
import { readBoundedFile } from '@worker-auth/internal/file';
import {
  CredentialsNotFoundError,
  discoverCredentials,
  SecretStoreErrorCode,
} from '@worker-auth/secret-store';
import { type ClientAssertion, fileAssertion } from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import { settingRejected } from '../errors/own-errors.ts';
import {
  type ApplicationCredentialSource,
  discoveryOf,
  type Opened,
  type OpeningContext,
  readServer,
  type ServerOptions,
} from './server.ts';
import { onlyOne, readAll, type Reading, readOne } from './setting.ts';
import { identity } from './table.ts';

/** Options of `environment()`: the application, and what the environment does not say. */
export type EnvironmentOptions = ServerOptions & {
  /** Names the variables `ATLAN_<app_name>_…` and the keys of the secret. Default `WORKER_AUTH_APPLICATION`, else these are not looked for. */
  readonly application?: string | undefined;
};

/** Longest secret and key, in bytes. */
const maxBytes = 65_536;

type MaybeText = Reading<string> | undefined;

/** Variables for any application, else those of the named one and its secret. */
export function openEnvironment(
  { application: named, ...server }: EnvironmentOptions,
  context: OpeningContext,
  urlOption?: string,
): Opened {
  const { env, isInChain = false } = context;
  const application = readApplicationName(named, env);
  const { id, file, method, secret, secretFile, key, assertion } = readAll(
    env,
    (read) => ({
      id: read(identity.clientId),
      file: read(identity.tokenFile),
      method: read(identity.authMethod),
      secret: read(identity.clientSecret),
      secretFile: read(identity.clientSecretFile),
      key: read(identity.privateKeyFile),
      assertion: read(identity.assertionFile),
    }),
    application,
  );
  const proofs = [secret, secretFile, key, assertion];
  if (file !== undefined) {
    onlyOne(file, id, ...proofs);
    return { file: file.value, from: file.from };
  }
  const { endpoint, request } = readServer(server, env, urlOption);
  const clientAuth = method?.value === 'private_key_jwt' ? undefined : method?.value;
  const isForAny = [id, ...proofs].some((one) => one !== undefined && one.family !== 'application-sdk guide');
  if (isForAny) {
    const proof = onlyOne(...proofs);
    const clientAssertion = assertion === undefined ? key && signedBy(key) : fileAssertion(assertion.value);
    const isSigned = clientAssertion !== undefined;
    if (method !== undefined && isSigned === (clientAuth !== undefined)) onlyOne<string>(method, proof);
    const read = (signal?: AbortSignal) => secret?.value ?? (secretFile && readText(secretFile, signal));
    const source = (): ApplicationCredentialSource => sourceOf(id, proof, read);
    return { endpoint, request: { ...request, clientAuth, clientAssertion }, source };
  }
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
  return given ?? readOne(env, identity.applicationName)?.value;
}

const noSource: ApplicationCredentialSource = {
  get: () => {
    const message =
      'OAuth2 credentials not found. Set WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET. ' +
      'Or name the application (WORKER_AUTH_APPLICATION), so that its own variables and its secret are looked for.';
    const code = SecretStoreErrorCode.credentialsNotFound;
    return Promise.reject(new CredentialsNotFoundError(message, { code, searchedSources: [] }));
  },
  invalidate: () => undefined,
};

/** Read for each request, since it rotates. */
function signedBy(file: Reading<string>): ClientAssertion {
  return async (context) => privateKeyJwt({ key: await readText(file, context.signal) })(context);
}

function sourceOf(
  id: MaybeText,
  proof: MaybeText,
  secret: (signal?: AbortSignal) => Promise<string> | string | undefined,
): ApplicationCredentialSource {
  if (id === undefined || proof === undefined) {
    const missing =
      id === undefined
        ? 'a client id. Set WORKER_AUTH_CLIENT_ID'
        : 'a secret, a private key or an assertion. Set WORKER_AUTH_CLIENT_SECRET, WORKER_AUTH_PRIVATE_KEY_FILE or WORKER_AUTH_ASSERTION_FILE';
    const present = id ?? proof;
    throw settingRejected(`OAuth2 credentials are incomplete: ${present?.from} is set, without ${missing}.`);
  }
  const family = id.family === 'neutral' ? '' : ` (${id.family})`;
  const source = `environment variables ${id.from} and ${proof.from}${family}`;
  return {
    get: async ({ signal } = {}) => ({ clientId: id.value, clientSecret: await secret(signal), source }),
    invalidate: () => undefined,
  };
}

async function readText({ value: path, from }: Reading<string>, signal?: AbortSignal): Promise<string> {
  try {
    return (await readBoundedFile(path, { maxBytes, signal })).trim();
  } catch (error) {
    throwIfAborted(signal);
    const { code = 'too large' } = error as { readonly code?: string };
    throw settingRejected(`${from} names ${path}, which cannot be read (${code}).`);
  }
}

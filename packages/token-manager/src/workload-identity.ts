import { checkOptions, type Environment, isJsonObject, parseJson, checkText } from '@worker-auth/internal';
import { directFetch, hostFetch, networkErrorCode, readBounded } from '@worker-auth/internal/network';
import { cachedAssertion, identityError } from './credentials/cached-assertion.ts';
import type { ClientAssertion } from './credentials/client-auth.ts';
import { TokenManagerErrorCode } from './errors.ts';

const maxBodyBytes = 65_536;

/** The service says that another answer may come: some of these are not documented, but seen while a machine starts. */
const passingStatuses: ReadonlySet<number> = new Set([404, 408, 410, 425, 429]);

/** For whom an identity is. */
export interface IdentityOptions {
  /** The `aud` of the assertion: what the OAuth server expects, often its issuer. */
  readonly audience: string;
  /** Where the service is, as the platform sets it. Default `process.env`. */
  readonly env?: Environment | undefined;
}

/** Settings of {@link azureManagedIdentity}. */
export interface AzureManagedIdentityOptions {
  /** The client id of a user-assigned identity. Default the system-assigned one. */
  readonly clientId?: string | undefined;
  /** For whom the identity is. Default `api://AzureADTokenExchange`, as Entra expects it of a federated credential. */
  readonly audience?: string | undefined;
  /** Where the service is, as App Service sets it. Default `process.env`. */
  readonly env?: Environment | undefined;
}

/**
 * The identity of a Google service account, by the metadata server of Compute Engine, GKE or Cloud Run, for the option `clientAssertion`.
 *
 * @see https://cloud.google.com/compute/docs/instances/verifying-instance-identity
 */
export function gcpIdentity(options: IdentityOptions): ClientAssertion {
  checkOptions('gcpIdentity', options, { audience: checkText, env: true });
  const { audience, env = process.env } = options;
  const host = env['GCE_METADATA_HOST'] || 'metadata.google.internal';
  const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/identity`);
  url.searchParams.set('audience', audience);
  const service = 'the metadata server of Google';
  return cachedAssertion(service, async (signal) => {
    const text = await ask(service, directFetch, url, { 'Metadata-Flavor': 'Google' }, signal);
    return text.trim();
  });
}

/**
 * The managed identity of an Azure virtual machine (IMDS) or of App Service, for the option `clientAssertion`.
 *
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
 */
export function azureManagedIdentity(options: AzureManagedIdentityOptions = {}): ClientAssertion {
  checkOptions('azureManagedIdentity', options, { clientId: checkText, audience: checkText, env: true });
  const { clientId, audience = 'api://AzureADTokenExchange', env = process.env } = options;
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = env;
  const isAppService = endpoint !== undefined && header !== undefined;
  const service = `the managed identity of Azure${isAppService ? ' (App Service)' : ''}`;
  const { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds = 'http://169.254.169.254' } = env;
  const url = new URL(isAppService ? endpoint : `${imds}/metadata/identity/oauth2/token`);
  url.searchParams.set('api-version', isAppService ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', audience);
  if (clientId !== undefined) url.searchParams.set('client_id', clientId);
  const headers = isAppService ? { 'X-IDENTITY-HEADER': header } : { Metadata: 'true' };
  return cachedAssertion(service, async (signal) =>
    field(await ask(service, directFetch, url, headers, signal), 'access_token'),
  );
}

/**
 * The identity of a job of GitHub Actions that has `permissions: { id-token: write }`, for the option `clientAssertion`.
 *
 * @see https://docs.github.com/actions/reference/security/oidc
 */
export function githubActions(options: IdentityOptions): ClientAssertion {
  checkOptions('githubActions', options, { audience: checkText, env: true });
  const { audience, env = process.env } = options;
  const service = 'GitHub Actions';
  return cachedAssertion(service, async (signal) => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: endpoint = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = '' } = env;
    if (!URL.canParse(endpoint) || bearer === '') {
      throw identityError(
        service,
        'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set. Give the job permissions: { id-token: write }',
        { code: TokenManagerErrorCode.invalidCredentials },
      );
    }
    const url = new URL(endpoint);
    url.searchParams.set('audience', audience);
    return field(await ask(service, hostFetch, url, { authorization: `Bearer ${bearer}` }, signal), 'value');
  });
}

async function ask(
  service: string,
  fetch: typeof directFetch,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const init = { method: 'GET', headers: { accept: 'application/json', ...headers }, signal } as const;
  const response = await fetch(url.href, init).catch((error: unknown) => {
    signal.throwIfAborted();
    const reason = networkErrorCode(error) ?? 'the connection failed';
    throw identityError(service, `${reason} at ${url.origin}. Check that this runs on that platform`, {
      code: TokenManagerErrorCode.unreachable,
      networkCode: networkErrorCode(error),
    });
  });
  const { text } = await readBounded(response, maxBodyBytes, signal);
  const { status } = response;
  if (status === 200) return text;
  const isPassing = passingStatuses.has(status) || status >= 500;
  const code = TokenManagerErrorCode[isPassing ? 'unavailable' : 'invalidCredentials'];
  throw identityError(service, `it answered ${status}. Check that the machine, pod or job has an identity`, {
    code,
    status,
  });
}

function field(text: string, name: string): string | undefined {
  const body = parseJson(text);
  const value = isJsonObject(body) ? body[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

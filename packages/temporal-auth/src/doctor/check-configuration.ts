import type { Environment } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import { daprStore, type DaprStore, resolveDiscovery } from '@worker-auth/secret-store';
import { existsSync } from 'node:fs';
import { type Presentation, presentation } from '../connection/presentation.ts';
import { messageOf } from '../errors/translate.ts';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { checkRoutes } from '../network/routed-options.ts';
import type { ApplicationCredentialSource } from '../settings/auth-options.ts';
import {
  readApplicationName,
  readAuthEnabled,
  readTokenEndpoint,
  type TokenEndpointSetting,
} from '../settings/auth-settings.ts';
import { certificateVariables, readNetwork } from '../settings/network.ts';
import { readSettings } from '../settings/settings.ts';
import { credentialSource } from '../tokens/application-tokens.ts';
import { checksOfCredentials, checksOfTokens } from './catalogue.ts';
import { checkPlatform } from './check-workers.ts';
import { type DiagnosisContext, type Found, ProblemFound, silentLogger } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

export interface SecretSettings {
  readonly source: ApplicationCredentialSource;
  /** `undefined` when no sidecar is asked. */
  readonly store?: DaprStore | undefined;
  readonly secretName?: string;
}

/** A part that makes no sense, or is not needed, is `undefined`. */
export interface CheckedConfiguration {
  readonly applicationName: string | undefined;
  readonly authEnabled: boolean | undefined;
  readonly endpoint?: TokenEndpointSetting | undefined;
  readonly secrets?: SecretSettings | undefined;
  readonly temporal: Presentation | undefined;
}

export async function checkConfiguration(context: DiagnosisContext): Promise<CheckedConfiguration> {
  const { options, env } = context;
  const isAgent = options.agent !== undefined;
  let [applicationName, authEnabled]: [string?, boolean?] = ['agent', true];
  if (isAgent) context.skip(['application', 'authentication'], 'an agent has the token (option agent)');
  else {
    applicationName = await context.check('application', () => {
      const value = readApplicationName(options, env);
      const from = originOf(env, { applicationName: options.applicationName }, 'ATLAN_APPLICATION_NAME');
      return { value, description: `the application is "${value}" (${from})` };
    });
    authEnabled = await context.check('authentication', () => readAuthentication(context));
  }
  const temporal = await context.check('temporal-setting', () => readTemporal(context, authEnabled === true));
  await checkPlatform(context);
  let [endpoint, secrets]: [TokenEndpointSetting?, SecretSettings?] = [];
  if (authEnabled === false) context.skip(checksOfTokens, 'authentication is off');
  else if (options.tokenFile === undefined) {
    endpoint = await context.check('token-endpoint-setting', () => readEndpoint(context));
    secrets = await context.check('secret-store-setting', () => readSecrets(context, applicationName ?? ''));
  } else {
    const from = isAgent ? 'an agent (option agent)' : 'a file (option tokenFile)';
    context.skip(checksOfCredentials, `the token comes from ${from}`);
  }
  return { applicationName, authEnabled, endpoint, secrets, temporal };
}

/** Settings that make no sense are left out then, so that the other checks can be made. */
export async function checkTrust(context: DiagnosisContext): Promise<void> {
  const { options, env } = context;
  await context.check('trusted-certificates', () => {
    try {
      const pem = readNetwork({ ca: options.ca, proxy: false }, env).certificates();
      return `${pem?.match(/-----BEGIN CERTIFICATE/g)?.length ?? "this host's"} certificates are trusted`;
    } catch (error) {
      const said = messageOf(error);
      // The message names only variables that are set.
      const names = certificateVariables.flatMap((name) => [name, name.toLowerCase()]);
      const bad = names.filter((name) => said.includes(name));
      const known = Object.entries(env).filter(([name]) => !bad.includes(name));
      context.options = { ...options, env: Object.fromEntries(known), ca: undefined };
      const files = bad.map((name) => {
        const { [name]: path = '' } = env;
        return `${name} names ${path}, which ${existsSync(path) ? 'holds no certificate in PEM form' : 'is not there'}`;
      });
      const what = files.length === 0 ? said.replace(/\.$/, '') : files.join('; ');
      const advice = 'Correct it, or leave it out. The other checks are made without it.';
      throw new ProblemFound(DoctorCode.certificatesUnreadable, `${what}. ${advice}`);
    }
  });
}

export function authOrigin({ options: { authEnabled }, env }: DiagnosisContext): string {
  return originOf(env, { authEnabled }, 'ATLAN_WORKFLOW_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED');
}

/** A URL without what may be secret in it: user and query. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return sanitize(`${origin}${pathname}`);
}

/** Where a setting comes from: `option host`, the first variable that is set, or `default`. An empty variable is an unset one. */
function originOf(
  env: Environment,
  given: Readonly<Record<string, unknown>>,
  ...variables: string[]
): string {
  const option = Object.keys(given).find((name) => given[name] !== undefined);
  if (option !== undefined) return `option ${option}`;
  return variables.find((name) => (env[name] ?? '') !== '') ?? 'default';
}

function readAuthentication(context: DiagnosisContext): Found<boolean> {
  const value = readAuthEnabled(context.options, context.env);
  const from = authOrigin(context);
  const found = { value, description: `authentication is ${value ? 'on' : 'off'} (${from})` };
  if (from !== 'default') return found;
  const error = 'It is off by default: neither authEnabled nor ATLAN_WORKFLOW_AUTH_ENABLED is set.';
  return { ...found, code: TemporalAuthErrorCode.switchedOff, error };
}

function readEndpoint({ options, env }: DiagnosisContext): Found<TokenEndpointSetting> {
  const value = readTokenEndpoint(options, env);
  const { tokenUrl, issuer } = value;
  if (issuer !== undefined)
    return { value, description: `the issuer ${shownUrl(issuer)} names the endpoint (option token.issuer)` };
  if (tokenUrl === undefined)
    return { value, description: 'the credentials say where tokens are asked for (atlan_auth_url)' };
  const given = { authUrl: options.authUrl, 'token.tokenUrl': options.token?.tokenUrl };
  const from = originOf(env, given, 'ATLAN_WORKFLOW_AUTH_URL', 'ATLAN_AUTH_URL');
  return { value, description: `tokens are asked for at ${shownUrl(tokenUrl)} (${from})` };
}

function readTemporal(context: DiagnosisContext, authEnabled: boolean): Found<Presentation> {
  const { options, env, timeoutMs } = context;
  const settings = readSettings({ ...options, env, logger: silentLogger });
  const { address, namespace } = settings.place;
  checkRoutes(settings);
  // What fails is not repeated: the reason would be that time is up.
  const connection = { interceptors: [], ...settings.connection };
  const value = presentation({ ...settings, connectTimeoutMs: timeoutMs, connection }, undefined);
  const from = (['host', 'port', 'namespace'] as const).map(
    (name) => `${name}: ${originOf(env, { [name]: options[name] }, `ATLAN_WORKFLOW_${name.toUpperCase()}`)}`,
  );
  const or = options.profile === undefined || options.profile === false ? '' : '; then the profile';
  const description = `Temporal is ${address}, namespace "${namespace}" (${from.join(', ')}${or})`;
  // The key of a profile is for calls without a token.
  return { value: authEnabled ? { ...value, tokens: undefined } : value, description };
}

function readSecrets(context: DiagnosisContext, applicationName: string): Found<SecretSettings> {
  const { options, env, timeoutMs, clock } = context;
  const { discovery, credentials, clientId } = options;
  // A client waits longer for its sidecar than anybody waits for a diagnosis.
  const dapr = { ...discovery?.dapr, startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  const given = credentials === undefined ? clientId && 'clientId' : 'credentials';
  const named = { ...options, applicationName, ...(!given && { discovery: { ...discovery, dapr } }) };
  const source = credentialSource(named, env, () => undefined);
  if (given) return { value: { source }, description: `the credentials come from the option ${given}` };
  const { keys, secretName, order } = resolveDiscovery({ ...discovery, applicationName, env });
  const looked = `the keys ${keys.clientId} and ${keys.clientSecret} are looked for`;
  if (!order.includes('dapr'))
    return { value: { source }, description: `${looked}, and no sidecar is asked (option discovery.order)` };
  const { component } = discovery ?? {};
  const store = daprStore({ ...dapr, env, component, clock });
  const sidecar = { 'discovery.dapr.sidecar': dapr.sidecar, 'discovery.dapr.endpoint': dapr.endpoint };
  const secret = { 'discovery.secretName': discovery?.secretName };
  const origins = [
    `sidecar: ${originOf(env, sidecar, 'DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT')}`,
    `component: ${originOf(env, { 'discovery.component': component }, 'ATLAN_DEPLOYMENT_SECRET_COMPONENT')}`,
    `secret: ${originOf(env, secret, 'ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH')}`,
  ];
  const description =
    `${looked} in the environment, and in secret "${secretName}" of component "${store.configuredName}" ` +
    `at ${store.sidecar.address} (${origins.join(', ')})`;
  return { value: { source, store, secretName }, description };
}

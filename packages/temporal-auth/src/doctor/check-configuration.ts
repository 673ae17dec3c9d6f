import { isJsonObject } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import { daprStore, resolveDiscovery } from '@worker-auth/secret-store';
import { existsSync } from 'node:fs';
import { presentation } from '../connection/presentation.ts';
import { messageOf } from '../errors/translate.ts';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { checkRoutes } from '../network/routed-options.ts';
import { readApplicationName, readAuthEnabled, readTokenEndpoint } from '../settings/auth-settings.ts';
import { certificateVariables, readNetwork } from '../settings/network.ts';
import { readSettings } from '../settings/settings.ts';
import { credentialSource } from '../tokens/application-tokens.ts';
import { checksOfCredentials, checksOfTokens } from './catalogue.ts';
import { checkPlatform } from './check-workers.ts';
import { type DiagnosisContext, type Found, ProblemFound, silentLogger } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';

export async function checkConfiguration(context: DiagnosisContext): Promise<void> {
  const { options } = context;
  const isAgent = options.agent !== undefined;
  let authEnabled: boolean | undefined = true;
  if (isAgent) {
    context.applicationName = 'agent';
    context.skip(['application', 'authentication'], 'an agent has the token (option agent)');
  } else {
    await context.check('application', () => readName(context));
    authEnabled = await context.check('authentication', () => readAuthentication(context));
  }
  context.authEnabled = authEnabled !== false;
  await context.check('temporal-setting', () => readTemporal(context, authEnabled));
  await checkPlatform(context);
  if (authEnabled === false) context.skip(checksOfTokens, 'authentication is off');
  else if (options.tokenFile === undefined) {
    await context.check('token-endpoint-setting', () => readEndpoint(context));
    await context.check('secret-store-setting', () => readSecrets(context));
  } else {
    const from = isAgent ? 'an agent (option agent)' : 'a file (option tokenFile)';
    context.skip(checksOfCredentials, `the token comes from ${from}`);
  }
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
      const state = (path: string): string =>
        existsSync(path) ? 'holds no certificate in PEM form' : 'is not there';
      const files = bad.map((name) => `${name} names ${env[name]}, which ${state(env[name] ?? '')}`);
      const what = files.length === 0 ? said.replace(/\.$/, '') : files.join('; ');
      const advice = 'Correct it, or leave it out. The other checks are made without it.';
      throw new ProblemFound(DoctorCode.certificatesUnreadable, `${what}. ${advice}`);
    }
  });
}

export function authOrigin(context: DiagnosisContext): string {
  return originOf(context, 'option authEnabled', 'ATLAN_WORKFLOW_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED');
}

/** A URL without what may be secret in it: user and query. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return sanitize(`${origin}${pathname}`);
}

/** Where a setting comes from: the first of these places that has it, or `default`. An empty variable is an unset one. */
function originOf({ options, env }: DiagnosisContext, ...places: readonly string[]): string {
  const inside = (value: unknown, name: string) => (isJsonObject(value) ? value[name] : undefined);
  const isSet = (place: string): boolean => {
    const [, path] = place.split('option ');
    if (path === undefined) return (env[place] ?? '') !== '';
    return path.split('.').reduce<unknown>(inside, options) !== undefined;
  };
  return places.find(isSet) ?? 'default';
}

/** A program may have the name in its code. The variable with its client id says then what the keys of its credentials begin with. */
function readName(context: DiagnosisContext): string {
  const { options, env } = context;
  const from = originOf(context, 'option applicationName', 'ATLAN_APPLICATION_NAME');
  if (from !== 'default') {
    const name = (context.applicationName = readApplicationName(options, env));
    return `the application is "${name}" (${from})`;
  }
  const set = Object.keys(env).filter((variable) => (env[variable] ?? '') !== '');
  const keys = set.flatMap((variable) => /^ATLAN_(.+)_client_id$/i.exec(variable)?.[1]?.toLowerCase() ?? []);
  const [key, another] = new Set(keys);
  if (key === undefined || another !== undefined)
    throw new ProblemFound(TemporalAuthErrorCode.settingRefused, unnamed(keys));
  context.applicationName = key;
  return `the application is "${key}" (ATLAN_${key}_client_id)`;
}

function unnamed(keys: readonly string[]): string {
  const why =
    keys.length === 0
      ? 'The environment does not name the application, nor has it its client id.'
      : `The environment has the client ids of several applications (${keys.join(', ')}) and names none.`;
  return `${why} Give the name that the program has in its code by --application or the option applicationName, or set ATLAN_APPLICATION_NAME.`;
}

function readAuthentication(context: DiagnosisContext): Found<boolean> {
  const value = readAuthEnabled(context.options, context.env) ?? false;
  const from = authOrigin(context);
  const found = { value, description: `authentication is ${value ? 'on' : 'off'} (${from})` };
  if (from !== 'default') return found;
  const error = 'It is off by default: neither authEnabled nor ATLAN_WORKFLOW_AUTH_ENABLED is set.';
  return { ...found, code: TemporalAuthErrorCode.switchedOff, error };
}

function readEndpoint(context: DiagnosisContext): string {
  const { issuer, tokenUrl } = (context.endpoint = readTokenEndpoint(context.options, context.env));
  if (issuer !== undefined) return `the issuer ${shownUrl(issuer)} names the endpoint (option token.issuer)`;
  if (tokenUrl === undefined) return 'the credentials say where tokens are asked for (atlan_auth_url)';
  const variables = ['ATLAN_WORKFLOW_AUTH_URL', 'ATLAN_AUTH_URL'];
  const from = originOf(context, 'option authUrl', 'option token.tokenUrl', ...variables);
  return `tokens are asked for at ${shownUrl(tokenUrl)} (${from})`;
}

function readTemporal(context: DiagnosisContext, authEnabled = false): string {
  const { options, env, timeoutMs } = context;
  const settings = readSettings({ ...options, env, logger: silentLogger });
  const { address, namespace } = settings.place;
  checkRoutes(settings);
  // What fails is not repeated: the reason would be that time is up.
  const connection = { interceptors: [], ...settings.connection };
  const temporal = presentation({ ...settings, connectTimeoutMs: timeoutMs, connection }, undefined);
  // The key of a profile is for calls without a token.
  context.temporal = authEnabled ? { ...temporal, tokens: undefined } : temporal;
  const origin = (name: string, ...variables: readonly string[]): string =>
    originOf(context, `option ${name}`, `ATLAN_WORKFLOW_${name.toUpperCase()}`, ...variables);
  const host = origin('host', 'TEMPORAL_ADDRESS');
  const port = origin('port', ...(host === 'TEMPORAL_ADDRESS' ? [host] : []));
  const from = `host: ${host}, port: ${port}, namespace: ${origin('namespace', 'TEMPORAL_NAMESPACE')}`;
  const or = options.profile === undefined || options.profile === false ? '' : '; then the profile';
  return `Temporal is ${address}, namespace "${namespace}" (${from}${or})`;
}

function readSecrets(context: DiagnosisContext): string {
  const { applicationName = '', options, env, timeoutMs, clock } = context;
  const { discovery, credentials, clientId } = options;
  // A client waits longer for its sidecar than anybody waits for a diagnosis.
  const dapr = { ...discovery?.dapr, startupTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  const given = credentials === undefined ? clientId && 'clientId' : 'credentials';
  const named = { ...options, applicationName, ...(!given && { discovery: { ...discovery, dapr } }) };
  context.source = credentialSource(named, env, () => undefined);
  if (given) return `the credentials come from the option ${given}`;
  const { keys, secretName, order } = resolveDiscovery({ ...discovery, applicationName, env });
  const looked = `the keys ${keys.clientId} and ${keys.clientSecret} are looked for`;
  if (!order.includes('dapr')) return `${looked}, and no sidecar is asked (option discovery.order)`;
  const store = daprStore({ ...dapr, env, component: discovery?.component, clock });
  context.secret = { store, name: secretName };
  const sidecar = ['option discovery.dapr.sidecar', 'option discovery.dapr.endpoint'];
  const variables = ['ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'];
  const origins = [
    `sidecar: ${originOf(context, ...sidecar, 'DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT')}`,
    `component: ${originOf(context, 'option discovery.component', 'ATLAN_DEPLOYMENT_SECRET_COMPONENT')}`,
    `secret: ${originOf(context, 'option discovery.secretName', ...variables)}`,
  ];
  return (
    `${looked} in the environment, and in secret "${secretName}" of component "${store.configuredName}" ` +
    `at ${store.sidecar.address} (${origins.join(', ')})`
  );
}

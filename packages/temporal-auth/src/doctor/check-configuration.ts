import { callSafely } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import { daprStore, resolveDiscovery } from '@worker-auth/secret-store';
import { existsSync } from 'node:fs';
import { presentation } from '../connection/presentation.ts';
import { messageOf } from '../errors/translate.ts';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { checkRoutes } from '../network/routed-options.ts';
import { readSwitch } from '../settings/auth-settings.ts';
import { readApplicationName } from '../settings/environment-credentials.ts';
import { certificateVariables, readNetwork } from '../settings/network-settings.ts';
import { readSettings } from '../settings/settings.ts';
import { setVariables } from '../settings/setting.ts';
import { identity, place } from '../settings/table.ts';
import { openAny } from '../tokens/application.ts';
import { checksOfCredentials, checksOfTokens } from './catalogue.ts';
import { checkProgram } from './check-program.ts';
import { checkPlatform } from './check-workers.ts';
import { type DiagnosisContext, type Found, silentLogger } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { ProblemFound } from './remedy.ts';

export async function checkConfiguration(context: DiagnosisContext): Promise<void> {
  const { options } = context;
  const giver =
    options.agent !== undefined ? 'an agent (option agent)' : context.program?.tokens && 'the option tokens';
  let authEnabled: boolean | undefined = true;
  if (giver !== undefined) {
    context.applicationName = 'agent';
    context.skip(['application', 'authentication'], `the token comes from ${giver}`);
  } else {
    await context.check('application', () => readName(context));
    authEnabled = await context.check('authentication', () => readAuthentication(context));
  }
  context.authEnabled = authEnabled !== false;
  await context.check('temporal-setting', () => readTemporal(context, authEnabled));
  await checkPlatform(context);
  await checkProgram(context);
  if (authEnabled === false) context.skip(checksOfTokens, 'authentication is off');
  else {
    const isGiven = context.tokenFile !== undefined;
    if (!isGiven) await context.check('token-endpoint-setting', () => readEndpoint(context));
    if (context.tokenFile === undefined)
      await context.check('secret-store-setting', () => readSecrets(context));
    else context.skip(checksOfCredentials, `the token comes from ${giver ?? 'a file'}`);
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
      const remedy = 'Correct it, or leave it out. The other checks are made without it.';
      throw new ProblemFound(DoctorCode.certificatesUnreadable, `${what}.`, remedy);
    }
  });
}

export function authOrigin({ options, env, applicationName }: DiagnosisContext): string {
  return callSafely(() => readSwitch(options, env, applicationName).from, undefined) ?? 'default';
}

/** A URL without what may be secret in it: user and query. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return sanitize(`${origin}${pathname}`);
}

/** The first of these variables that is set, or `default`. */
function originOf({ env }: DiagnosisContext, ...variables: readonly string[]): string {
  return variables.find((name) => (env[name] ?? '') !== '') ?? 'default';
}

/** A program may have the name in its code. The variable with its client id says then what the keys of its credentials begin with. */
function readName(context: DiagnosisContext): string {
  const { options, env } = context;
  const name = readApplicationName(options.applicationName, env);
  const from = options.applicationName === undefined ? 'ATLAN_APPLICATION_NAME' : 'option applicationName';
  context.applicationName = name;
  if (name !== undefined) return `the application is "${name}" (${from})`;
  const given = ['credentials', 'clientId'].find((option) => Object.hasOwn(options, option));
  const [set] = [identity.clientId, identity.tokenFile].flatMap((setting) => setVariables(setting, env));
  const needless = given === undefined ? set?.name : `option ${given}`;
  if (needless !== undefined) return `no application is named, and none has to be (${needless})`;
  const variables = Object.keys(env).filter((variable) => (env[variable] ?? '') !== '');
  const keys = variables.flatMap(
    (variable) => /^ATLAN_(.+)_client_id$/i.exec(variable)?.[1]?.toLowerCase() ?? [],
  );
  const [key, another] = new Set(keys);
  if (key === undefined || another !== undefined) throw unnamed(context, keys);
  context.applicationName = key;
  return `the application is "${key}" (ATLAN_${key}_client_id)`;
}

function unnamed(context: DiagnosisContext, keys: readonly string[]): ProblemFound {
  if (keys.length === 0) for (const name of ['application', 'Temporal'] as const) context.unset.add(name);
  const cause =
    keys.length === 0
      ? 'The environment names no application, and has no client id.'
      : `The environment has the client ids of several applications (${keys.join(', ')}) and names none.`;
  const remedy =
    'Set WORKER_AUTH_CLIENT_ID, or name the application by --application, applicationName or ATLAN_APPLICATION_NAME.';
  return new ProblemFound(TemporalAuthErrorCode.settingRejected, cause, remedy);
}

function readAuthentication(context: DiagnosisContext): Found<boolean> {
  const { options, env, applicationName } = context;
  const { isOn: value, from } = readSwitch(options, env, applicationName);
  const found = { value, description: `authentication is ${value ? 'on' : 'off'} (${shownFrom(from)})` };
  if (from !== undefined) return found;
  context.unset.add('Temporal');
  const remedy = 'Set WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET.';
  const cause = 'No credentials are configured.';
  return { ...found, code: TemporalAuthErrorCode.switchedOff, cause, remedy };
}

/** A variable with who named it. */
function shownFrom(from = 'default'): string {
  const settings = [...Object.values(identity), ...Object.values(place)];
  const known = settings.flatMap(({ variables }) => variables).find(({ name }) => name === from);
  return known === undefined ? from : `${from}, ${known.family}`;
}

/** Opens the credentials, as a client does. */
function readEndpoint(context: DiagnosisContext): string {
  const { applicationName, clock, env, options, timeoutMs: sidecarTimeoutMs } = context;
  const opening = { env, clock, onWaiting: () => undefined, sidecarTimeoutMs };
  const opened = openAny({ ...options, applicationName }, opening);
  if ('file' in opened) {
    context.tokenFile = opened.file;
    return `no token endpoint is used: the token comes from a file (${opened.from})`;
  }
  context.client = opened;
  const { endpoint, request } = opened;
  if (endpoint === undefined) return 'the credentials name the token endpoint (atlan_auth_url)';
  const url = shownUrl(endpoint.value);
  return request.issuer === undefined
    ? `token endpoint: ${url} (${shownFrom(endpoint.from)})`
    : `the issuer ${url} names the endpoint (${shownFrom(endpoint.from)})`;
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
  const { host, port, namespace: name } = settings.place.from;
  if (host === 'default' && settings.profile === undefined) context.unset.add('Temporal');
  const from = `host: ${shownFrom(host)}; port: ${shownFrom(port)}; namespace: ${shownFrom(name)}`;
  const or = settings.profile === undefined ? '' : '; then the profile';
  return `Temporal is ${address}, namespace "${namespace}" (${from}${or})`;
}

function readSecrets(context: DiagnosisContext): string {
  const { client, options, env } = context;
  if (client === undefined) return 'no credentials are needed';
  context.source = client.source();
  const { discovery } = client;
  if (discovery === undefined)
    return `the credentials come from ${readSwitch(options, env, undefined).configured ?? 'the environment'}`;
  const { keys, secretName, order } = resolveDiscovery(discovery);
  const looked = `the keys ${keys.clientId} and ${keys.clientSecret} are looked for`;
  if (!order.includes('dapr')) return `${looked}, and no sidecar is asked`;
  const store = daprStore({ ...discovery.dapr, env, clock: context.clock });
  context.secret = { store, name: secretName };
  const secretVariables = ['ATLAN_DEPLOYMENT_SECRET_NAME', 'ATLAN_DEPLOYMENT_SECRET_PATH'];
  const origins = [
    `sidecar: ${originOf(context, 'DAPR_HTTP_ENDPOINT', 'DAPR_HTTP_PORT')}`,
    `component: ${originOf(context, 'ATLAN_DEPLOYMENT_SECRET_COMPONENT', 'DEPLOYMENT_SECRET_STORE_NAME')}`,
    `secret: ${originOf(context, ...secretVariables)}`,
  ];
  const first = order.includes('environment') ? 'in the environment, and ' : '';
  return (
    `${looked} ${first}in secret "${secretName}" of component "${store.configuredName}" ` +
    `at ${store.sidecar.address} (${origins.join(', ')})`
  );
}

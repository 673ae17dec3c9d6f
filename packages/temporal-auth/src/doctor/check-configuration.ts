import type { WorkerOptions } from '@temporalio/worker';
import { callSafely } from '@worker-auth/internal';
import { sanitize } from '@worker-auth/internal/network';
import { daprStore, resolveDiscovery } from '@worker-auth/secret-store';
import { existsSync } from 'node:fs';
import { presentation } from '../connection/presentation.ts';
import { messageOf } from '@worker-auth/calls/errors/translate';
import { checkRoutes } from '../network/routed-options.ts';
import { isUnverified, readSwitch, unverified } from '@worker-auth/calls/settings/auth-settings';
import { readApplicationName } from '@worker-auth/calls/settings/environment-credentials';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import { certificateVariables, readNetwork } from '@worker-auth/calls/settings/network-settings';
import type { OpenedClient } from '@worker-auth/calls/settings/server';
import { isRotating } from '@worker-auth/calls/settings/settings';
import { readPluginSettings } from '../settings/plugin-settings.ts';
import { setVariables } from '@worker-auth/calls/settings/setting';
import { elsewhere, identity, place } from '@worker-auth/calls/settings/table';
import { unreadVariables } from '@worker-auth/calls/settings/unread-variables';
import { openAny } from '@worker-auth/calls/tokens/application';
import { pollerDefaults } from '../worker/worker-run.ts';
import { checksOfCredentials, checksOfTokens } from './catalogue.ts';
import { checkPlatform } from './check-workers.ts';
import type { DiagnosisContext, Found } from './diagnosis-context.ts';
import { ProblemFound, warned } from './problem.ts';

const shownOptions =
  /^(?:taskQueue|namespace|shutdown\w+|maxConcurrent\w+|maxCached\w+|\w+PollerBehavior|tuner|max\w+PerSecond)$/;

export async function checkConfiguration(context: DiagnosisContext): Promise<void> {
  const { options, program } = context;
  const giver =
    options.agent === undefined ? program?.tokens && 'the option tokens' : 'an agent (option agent)';
  let authEnabled: boolean | undefined = true;
  if (giver === undefined) {
    await context.check('application', () => readName(context));
    authEnabled = await context.check('authentication', () => readAuthentication(context));
  } else context.skip(['application', 'authentication'], `the token comes from ${giver}`);
  context.authEnabled = authEnabled !== false;
  await context.check('temporal-setting', () => readTemporal(context, authEnabled));
  await checkPlatform(context);
  await context.check('program', () => readProgram(context));
  await context.check('variables', () => readVariables(context));
  if (!context.authEnabled) context.skip(checksOfTokens, 'authentication is off');
  else {
    if (context.tokenFile === undefined)
      await context.check('credentials-setting', () => readCredentials(context));
    if (context.tokenFile !== undefined)
      context.skip(checksOfCredentials, `the token comes from ${giver ?? 'a file'}`);
  }
}

/** Settings that make no sense are left out then, so that the other checks can be made. */
export async function checkTrust(context: DiagnosisContext): Promise<void> {
  const { options, env } = context;
  await context.check('trusted-certificates', () => {
    try {
      const pem = readNetwork({ ca: options.ca, proxy: false }, env).certificates();
      const description = `${pem?.match(/-----BEGIN CERTIFICATE/g)?.length ?? "this host's"} certificates are trusted`;
      if (!isUnverified()) return description;
      return warned(
        description,
        'DOCTOR_CERTIFICATES_UNVERIFIED',
        `${unverified}.`,
        'Unset it. For an authority of your own, set NODE_EXTRA_CA_CERTS or ca.',
      );
    } catch (error) {
      const said = messageOf(error);
      // The message names only variables that are set.
      const names = certificateVariables.flatMap((name) => [name, name.toLowerCase()]);
      const bad = names.filter((name) => said.includes(name));
      const known = Object.entries(env).filter(([name]) => !bad.includes(name));
      context.options = { ...options, env: Object.fromEntries(known), ca: undefined };
      const files = bad.map((name) => {
        const state = existsSync(env[name] ?? '') ? 'holds no certificate in PEM form' : 'does not exist';
        return `${name} names ${env[name]}, which ${state}`;
      });
      const cause = files.length === 0 ? said.replace(/\.$/, '') : files.join('; ');
      throw new ProblemFound(
        'DOCTOR_CERTIFICATES_UNREADABLE',
        `${cause}.`,
        'Correct it, or leave it out. The other checks are made without it.',
      );
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

/** A program may have the name in its code. The variable with its client id says then what the keys of its credentials begin with. */
function readName(context: DiagnosisContext): string {
  const { options, env } = context;
  const name = readApplicationName(options.applicationName, env);
  const [variable] = setVariables(identity.applicationName, env);
  const from = options.applicationName === undefined ? variable?.name : 'option applicationName';
  context.applicationName = name;
  if (name !== undefined) return `the application is "${name}" (${from})`;
  const given = ['credentials', 'clientId'].find((option) => Object.hasOwn(options, option));
  const [set] = [identity.clientId, identity.tokenFile].flatMap((setting) => setVariables(setting, env));
  const needless = given === undefined ? set?.name : `option ${given}`;
  if (needless !== undefined) return `no application is named, and none has to be (${needless})`;
  const keys = Object.entries(env).flatMap(([variable, value = '']) =>
    value === '' ? [] : (/^ATLAN_(.+)_client_id$/i.exec(variable)?.[1]?.toLowerCase() ?? []),
  );
  const [key, another] = new Set(keys);
  if (key !== undefined && another === undefined) {
    context.applicationName = key;
    return `the application is "${key}" (ATLAN_${key}_client_id)`;
  }
  if (key === undefined && !readSwitch(options, env, name).isOn) return 'no application is named';
  const cause =
    key === undefined
      ? 'The environment names no application, and has no client id.'
      : `The environment has the client ids of several applications (${keys.join(', ')}) and names none.`;
  const ways = 'name the application by --application, applicationName or WORKER_AUTH_APPLICATION.';
  throw new ProblemFound('TEMPORAL_AUTH_SETTING_REJECTED', cause, `Set WORKER_AUTH_CLIENT_ID, or ${ways}`);
}

function readAuthentication(context: DiagnosisContext): Found<boolean> {
  const { options, env, applicationName } = context;
  const { isOn: value, from } = readSwitch(options, env, applicationName);
  const found = { value, description: `authentication is ${value ? 'on' : 'off'} (${shownFrom(from)})` };
  if (from !== undefined) return found;
  return {
    ...found,
    code: 'TEMPORAL_AUTH_SWITCHED_OFF',
    cause: 'No credentials are configured.',
    remedy: 'Set WORKER_AUTH_CLIENT_ID and WORKER_AUTH_CLIENT_SECRET.',
  };
}

function shownFrom(from = 'default'): string {
  const settings = [...Object.values(identity), ...Object.values(place)];
  const known = settings.flatMap(({ variables }) => variables).find(({ name }) => name === from);
  return known === undefined || known.family === 'neutral' ? from : `${from}, ${known.family}`;
}

/** Opens the credentials, as a client does. */
function readCredentials(context: DiagnosisContext): string {
  const { applicationName, clock, env, options, timeoutMs: sidecarTimeoutMs } = context;
  const opening = { env, clock, onWaiting: () => undefined, sidecarTimeoutMs };
  const opened = openAny({ ...options, applicationName }, opening);
  if ('file' in opened) {
    context.tokenFile = opened.file;
    return opened.from;
  }
  context.client = opened;
  const { endpoint, request } = opened;
  const url = endpoint && `${shownUrl(endpoint.value)} (${shownFrom(endpoint.from)})`;
  const what = request.issuer === undefined ? 'metadata at' : 'issuer';
  const named =
    request.tokenUrl === undefined ? `the ${what} ${url} names the endpoint` : `token endpoint: ${url}`;
  const where = url === undefined ? 'the credentials name the token endpoint (atlan_auth_url)' : named;
  return `${where}; ${readSource(context, opened)}`;
}

function readSource(context: DiagnosisContext, { source, discovery }: OpenedClient): string {
  const { options, env } = context;
  if (context.causeAmong(['application']) !== undefined) return 'whose credentials are used is not known';
  context.source = source();
  if (discovery === undefined)
    return `the credentials come from ${readSwitch(options, env, undefined).configured ?? 'the environment'}`;
  const { keys, secretNames, order } = resolveDiscovery(discovery);
  const wanted = `the keys ${keys.clientId} and ${keys.clientSecret} are looked for`;
  if (!order.includes('dapr')) return `${wanted}, and no sidecar is asked`;
  const store = daprStore({ ...discovery.dapr, env, clock: context.clock });
  context.secrets = { store, names: secretNames };
  const { sidecar, component, secretName: secret } = elsewhere;
  const origins = Object.entries({ sidecar, component, secret }).map(
    ([part, row]) => `${part}: ${setVariables(row, env)[0]?.name ?? 'default'}`,
  );
  const first = order.includes('environment') ? 'in the environment, and ' : '';
  const at = `at ${store.sidecar.address} (${origins.join(', ')})`;
  return `${wanted} ${first}in secret "${secretNames.join('" or "')}" of component "${store.configuredName}" ${at}`;
}

function readTemporal(context: DiagnosisContext, authEnabled = false): Found {
  const { options, env, timeoutMs } = context;
  const settings = readPluginSettings({ ...options, env, logger: silentLogger });
  const { address, namespace, from } = settings.place;
  checkRoutes(settings);
  // What fails is not repeated: the reason would be that time is up.
  const connection = { interceptors: [], ...settings.connection };
  const temporal = presentation({ ...settings, connectTimeoutMs: timeoutMs, connection }, undefined);
  // The key of a profile is for calls without a token.
  context.temporal = authEnabled ? { ...temporal, tokens: undefined } : temporal;
  const origins = (['host', 'port', 'namespace'] as const).map((part) => `${part}: ${shownFrom(from[part])}`);
  const profile = settings.profile === undefined ? '' : '; then the profile';
  const description = `Temporal is ${address}, namespace "${namespace}" (${origins.join('; ')}${profile})`;
  const pair = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'];
  const [named, ...others] = pair.filter((name) => env[name]);
  if (named === undefined || others.length > 0 || isRotating(settings.tls)) return { description };
  return warned(
    description,
    'TEMPORAL_AUTH_SETTING_REJECTED',
    `${named} is set, without ${pair.find((name) => name !== named)}: no client certificate is shown.`,
    'Set both, or neither.',
  );
}

function readVariables({ env }: DiagnosisContext): Found {
  const [cause, ...others] = unreadVariables(env).map(
    ({ name, meant }) => `Nothing reads the variable ${name}: did you mean ${meant}?`,
  );
  if (cause === undefined) return { description: 'no variable is misspelled' };
  return warned(
    `${others.length + 1} of the variables are misspelled`,
    'DOCTOR_VARIABLE_UNREAD',
    cause,
    'Correct the name, or unset it.',
    others,
  );
}

function readProgram({ env, program }: DiagnosisContext): Found {
  // Without the doctor's own.
  const given = (env['NODE_OPTIONS'] ?? '').replace(/ ?--import=\S*doctor-program\S*/, '');
  const trust = env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? ['NODE_TLS_REJECT_UNAUTHORIZED=0'] : [];
  const switches = [...process.execArgv, given, ...trust].filter((text) => text !== '');
  const node = [`Node ${process.versions.node}`, ...switches].join(' ');
  const unknown = 'what a program sets in its code is not known (worker-auth doctor -- node lib/worker.js)';
  if (program === undefined) return { description: `${node}; ${unknown}` };
  const { connectTimeoutMs, bootTimeoutMs, newTokenTimeoutMs, shutdownTimeoutMs } = program.settings ?? {};
  const timeouts = { connectTimeoutMs, bootTimeoutMs, newTokenTimeoutMs, shutdownTimeoutMs };
  const workers = program.workers.map((worker) => {
    const all = Object.entries({ ...worker, ...pollerDefaults(worker as Partial<WorkerOptions>) });
    return Object.fromEntries(all.filter(([name]) => shownOptions.test(name)));
  });
  const made =
    workers.length === 0 ? 'no worker yet' : workers.map((worker) => JSON.stringify(worker)).join(', ');
  return { description: `the program runs on ${node}, with ${made}`, evidence: [JSON.stringify(timeouts)] };
}

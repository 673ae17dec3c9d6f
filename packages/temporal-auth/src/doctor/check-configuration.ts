import { readApplicationName } from '../settings/application-name.ts';
import {
  readAuthEnabled,
  readTokenEndpoint,
  type TokenEndpointSetting,
} from '../settings/auth-configuration.ts';
import { TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { type Presentation, presentation } from '../connection/connection-settings.ts';
import { checkRoutes } from '../network/routed-options.ts';
import { readSettings } from '../settings/settings.ts';
import { isRotating } from '../settings/tls-options.ts';
import { checkPlatform } from './check-workers.ts';
import { checksOfCredentials, checksOfTokens } from './catalogue.ts';
import type { Found } from './examination.ts';
import { authOrigin, originOf, shownUrl } from './origin.ts';
import { silentLogger, type DiagnosisScene } from './scene.ts';
import { readSecretSettings, type SecretSettings } from './secret-settings.ts';

/** What the configuration comes to; a part that makes no sense, or is not needed, is `undefined`. */
export interface CheckedConfiguration {
  readonly applicationName: string | undefined;
  readonly authEnabled: boolean | undefined;
  readonly endpoint: TokenEndpointSetting | undefined;
  readonly secrets: SecretSettings | undefined;
  readonly temporal: Presentation | undefined;
}

/** Reads the settings as a client would, each with where it comes from. */
export async function checkConfiguration(scene: DiagnosisScene): Promise<CheckedConfiguration> {
  const { examination } = scene;
  const applicationName = await examination.check('application', {}, () => readApplication(scene));
  const authEnabled = await examination.check('authentication', {}, () => readAuthentication(scene));
  const temporal = await examination.check('temporal-setting', {}, () =>
    readTemporal(scene, authEnabled === true),
  );
  await checkPlatform(scene);
  if (authEnabled === false) {
    examination.skip(checksOfTokens, 'authentication is off');
    return { applicationName, authEnabled, endpoint: undefined, secrets: undefined, temporal };
  }
  if (scene.options.tokenFile !== undefined) {
    examination.skip(checksOfCredentials, 'the token comes from a file (option tokenFile)');
    return { applicationName, authEnabled, endpoint: undefined, secrets: undefined, temporal };
  }
  const needs = ['authentication'] as const;
  const endpoint = await examination.check('token-endpoint-setting', { needs }, () => readEndpoint(scene));
  const secrets = await examination.check('secret-store-setting', { needs: [...needs, 'application'] }, () =>
    readSecretSettings(scene, applicationName ?? ''),
  );
  return { applicationName, authEnabled, endpoint, secrets, temporal };
}

function readApplication({ options, env }: DiagnosisScene): Found<string> {
  const value = readApplicationName(options, env);
  const from = originOf('applicationName', options.applicationName, 'ATLAN_APPLICATION_NAME', env);
  return { value, description: `the application is "${value}" (${from})` };
}

function readAuthentication({ options, env }: DiagnosisScene): Found<boolean> {
  const value = readAuthEnabled(options, env);
  const from = authOrigin(options, env);
  const description = `authentication is ${value ? 'on' : 'off'} (${from})`;
  if (from !== 'default') return { value, description };
  const error = 'It is off by default: neither authEnabled nor ATLAN_WORKFLOW_AUTH_ENABLED is set.';
  return { value, description, warning: { code: TemporalAuthErrorCode.switchedOff, error } };
}

function readEndpoint({ options, env }: DiagnosisScene): Found<TokenEndpointSetting> {
  const value = readTokenEndpoint(options, env);
  const { tokenUrl, issuer } = value;
  if (issuer !== undefined)
    return {
      value,
      description: `the issuer ${shownUrl(issuer)} says where tokens are (option token.issuer)`,
    };
  if (tokenUrl === undefined)
    return { value, description: 'the credentials say where tokens are asked for (atlan_auth_url)' };
  const given = options.authUrl ?? options.token?.tokenUrl;
  const option = options.authUrl === undefined ? 'token.tokenUrl' : 'authUrl';
  const from = originOf(option, given, ['ATLAN_WORKFLOW_AUTH_URL', 'ATLAN_AUTH_URL'], env);
  return { value, description: `tokens are asked for at ${shownUrl(tokenUrl)} (${from})` };
}

function readTemporal({ options, env }: DiagnosisScene, authEnabled: boolean): Found<Presentation> {
  const settings = readSettings({ ...options, env, logger: silentLogger });
  const { tls, place, network } = settings;
  const { address, namespace } = place;
  checkRoutes({ ...settings, tls: isRotating(tls) ? tls.caFile === undefined : tls, address }, network);
  const whole = presentation(settings, { ...options, env }, undefined);
  // The key of a profile is for calls without a token.
  const value = authEnabled ? { ...whole, tokens: undefined, profileKey: undefined } : whole;
  const from = [
    `host: ${originOf('host', options.host, 'ATLAN_WORKFLOW_HOST', env)}`,
    `port: ${originOf('port', options.port, 'ATLAN_WORKFLOW_PORT', env)}`,
    `namespace: ${originOf('namespace', options.namespace, 'ATLAN_WORKFLOW_NAMESPACE', env)}`,
  ];
  const or = options.profile === undefined || options.profile === false ? '' : '; then the profile';
  return { value, description: `Temporal is ${address}, namespace "${namespace}" (${from.join(', ')}${or})` };
}

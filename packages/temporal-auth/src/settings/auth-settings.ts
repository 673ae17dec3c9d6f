import type { Logger } from '@temporalio/common';
import { type Clock, type Environment, systemClock } from '@worker-auth/internal';
import { readTokenUrl, type TokenManagerOptions } from '@worker-auth/token-manager';
import { settingRefused } from '../errors/own-errors.ts';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { defaultLogger, harmless } from './logger.ts';
import { type Network, readNetwork } from './network.ts';
import { refuseBoth } from './option-names.ts';
import { type Format, readAll } from './setting-reader.ts';

/** What tokens and connections have in common. */
export interface CommonSettings {
  readonly env: Environment;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Throws nothing. */
  readonly logger: Logger;
  /** Read when first asked for: with authentication switched off an `AtlanAuthClient` needs none. */
  readonly network: Network;
}

/** Where tokens are got: at most one of the two; with neither, the credentials name the endpoint (`atlan_auth_url`). */
export type TokenEndpointSetting = Pick<TokenManagerOptions, 'tokenUrl' | 'issuer'>;

const anyText: Format<string> = { parse: (text) => text, expected: 'the name of the application' };

const yesOrNo: Format<boolean> = {
  parse: (text) => {
    const isOn = /^(?:true|1|yes|y|on|enabled)$/i.test(text);
    return isOn || /^(?:false|0|no|n|off|disabled)$/i.test(text) ? isOn : undefined;
  },
  expected: 'true or false',
};

export function readCommonSettings(options: AtlanAuthClientOptions): CommonSettings {
  const { env = process.env, token } = options;
  let network: Network | undefined;
  return {
    env,
    clock: token?.clock ?? systemClock,
    random: token?.random ?? Math.random,
    logger: harmless(options.logger ?? defaultLogger()),
    get network() {
      return (network ??= readNetwork(options, env));
    },
  };
}

/** `applicationName`, else `ATLAN_APPLICATION_NAME`. ConfigurationError when there is neither, TypeError for an empty option. */
export function readApplicationName({ applicationName }: AtlanAuthClientOptions, env: Environment): string {
  if (applicationName !== undefined && (typeof applicationName !== 'string' || applicationName.trim() === ''))
    throw new TypeError('applicationName must not be empty: it names the credentials and the task queue');
  const variable = 'ATLAN_APPLICATION_NAME';
  const found =
    applicationName ?? readAll(env, (read) => read('applicationName', undefined, anyText, variable));
  if (found !== undefined) return found;
  throw settingRefused(
    `The application has no name: give applicationName, or set ${variable}. It names the credentials and the task queue.`,
  );
}

/** `authEnabled`, else `ATLAN_WORKFLOW_AUTH_ENABLED`, else `ATLAN_AUTH_ENABLED`, as newer versions of the Python original call it, else false. */
export function readAuthEnabled({ authEnabled }: AtlanAuthClientOptions, env: Environment): boolean {
  const variables = ['ATLAN_WORKFLOW_AUTH_ENABLED', 'ATLAN_AUTH_ENABLED'];
  return readAll(env, (read) => read('authEnabled', authEnabled, yesOrNo, ...variables)) ?? false;
}

/**
 * `authUrl`, else the token endpoint or issuer among the options of the token manager (a provider's preset has one), else
 * `ATLAN_WORKFLOW_AUTH_URL`, else `ATLAN_AUTH_URL`. TypeError for `authUrl` beside the other options.
 */
export function readTokenEndpoint(
  { authUrl, token = {} }: AtlanAuthClientOptions,
  env: Environment,
): TokenEndpointSetting {
  const { tokenUrl, issuer, allowInsecureHttp = false } = token;
  if (authUrl !== undefined) refuseBoth('authUrl', { 'token.tokenUrl': tokenUrl, 'token.issuer': issuer });
  if (tokenUrl !== undefined || issuer !== undefined) return { tokenUrl, issuer };
  const variables = ['ATLAN_WORKFLOW_AUTH_URL', 'ATLAN_AUTH_URL'];
  const format: Format<string> = {
    parse: (text) => ('url' in readTokenUrl(text, allowInsecureHttp) ? text : undefined),
    expected:
      'the https URL of the token endpoint, with neither user information nor fragment' +
      (allowInsecureHttp ? '' : ' (http only to this host itself)'),
  };
  return { tokenUrl: readAll(env, (read) => read('authUrl', authUrl, format, ...variables)) };
}

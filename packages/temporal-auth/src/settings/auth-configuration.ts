import type { Environment } from '@worker-auth/inlined';
import { readTokenUrl, type TokenManagerOptions } from '@worker-auth/token-manager';
import { type Format, Settings } from './setting.ts';

/** Where tokens are got: at most one of the two; with neither, the credentials name the endpoint (`atlan_auth_url`). */
export type TokenEndpointSetting = Pick<TokenManagerOptions, 'tokenUrl' | 'issuer'>;

const yesOrNo: Format<boolean> = {
  parse: (text) => {
    if (/^(?:true|1|yes|y|on|enabled)$/i.test(text)) return true;
    return /^(?:false|0|no|n|off|disabled)$/i.test(text) ? false : undefined;
  },
  expected: 'true or false',
};

/**
 * `authEnabled`, else `ATLAN_WORKFLOW_AUTH_ENABLED`, else `ATLAN_AUTH_ENABLED`, as newer versions of the Python original call it, else false.
 *
 * @throws ConfigurationError that names the option or the variable
 */
export function readAuthEnabled(
  { authEnabled }: { readonly authEnabled?: boolean | undefined },
  env: Environment,
): boolean {
  const settings = new Settings(env);
  const setting = {
    ...{ option: 'authEnabled', given: authEnabled },
    ...{ variable: 'ATLAN_WORKFLOW_AUTH_ENABLED', aliases: ['ATLAN_AUTH_ENABLED'] },
  };
  const found = settings.read(setting, yesOrNo);
  settings.check();
  return found ?? false;
}

/**
 * `authUrl`, else the token endpoint or issuer among the options of the token manager (a provider's preset has one), else
 * `ATLAN_WORKFLOW_AUTH_URL`, else `ATLAN_AUTH_URL`, which are not looked at when an option is given.
 *
 * @throws ConfigurationError that names the option or the variable; its value is not repeated
 * @throws TypeError when `authUrl` is given beside the other options
 */
export function readTokenEndpoint(
  options: {
    readonly authUrl?: string | undefined;
    readonly token?: (TokenEndpointSetting & Pick<TokenManagerOptions, 'allowInsecureHttp'>) | undefined;
  },
  env: Environment,
): TokenEndpointSetting {
  const { authUrl, token = {} } = options;
  const { tokenUrl, issuer, allowInsecureHttp = false } = token;
  const other = tokenUrl === undefined ? 'token.issuer' : 'token.tokenUrl';
  const isSetByToken = tokenUrl !== undefined || issuer !== undefined;
  if (isSetByToken && authUrl !== undefined) throw new TypeError(`Give authUrl or ${other}, not both`);
  if (isSetByToken) return { tokenUrl, issuer };
  const settings = new Settings(env);
  const setting = {
    ...{ option: 'authUrl', given: authUrl },
    ...{ variable: 'ATLAN_WORKFLOW_AUTH_URL', aliases: ['ATLAN_AUTH_URL'] },
  };
  const found = settings.read(setting, endpointUrl(allowInsecureHttp));
  settings.check();
  return { tokenUrl: found };
}

function endpointUrl(allowInsecureHttp: boolean): Format<string> {
  return {
    parse: (text) => ('url' in readTokenUrl(text, allowInsecureHttp) ? text : undefined),
    expected:
      'the https URL of the token endpoint, with neither user information nor fragment' +
      (allowInsecureHttp ? '' : ' (http only to this host itself)'),
  };
}

import { checkOptions, type Environment, type OptionNames } from '@worker-auth/internal';
import { providers, type TokenManagerOptions } from '@worker-auth/token-manager';
import { settingRejected } from '../errors/own-errors.ts';
import { secureUrl } from './formats.ts';
import { readAll, type Reading } from './setting-reader.ts';
import { identity } from './table.ts';

type Preset = Pick<TokenManagerOptions, 'scope' | 'extraParams' | 'assertionAudience' | 'policy' | 'metered'>;

type Asked = Pick<TokenManagerOptions, 'scope' | 'audience' | 'resource' | 'allowInsecureHttp'> & {
  /** A preset of `providers` (`@worker-auth/token-manager`), or your own: further form fields, how often tokens are refreshed. What is given beside it wins. Default none. */
  readonly provider?: Preset | undefined;
};

/**
 * Where tokens are requested, and what is asked for. What is not given comes from the environment, for the endpoint at last from the credentials
 * themselves.
 */
export type ServerOptions = Asked &
  (
    | {
        /** The token endpoint. */
        readonly tokenUrl?: string | URL | undefined;
        readonly issuer?: undefined;
      }
    | {
        /** The issuer, whose metadata names the token endpoint. */
        readonly issuer: string | URL;
        readonly tokenUrl?: undefined;
      }
  );

/** Where tokens are requested: what a token manager is made with, but for the client, and who names the endpoint. */
export interface Server {
  readonly request: Omit<TokenManagerOptions, 'credentials' | 'clock' | 'random' | 'fetch'>;
  /** `undefined` where the credentials name it. */
  readonly endpoint: Reading<string> | undefined;
}

const serverOptions: OptionNames<Asked & Record<'tokenUrl' | 'issuer', unknown>> = {
  ...{ tokenUrl: true, issuer: true, scope: true, audience: true, resource: true },
  ...{ allowInsecureHttp: true, provider: true },
};

/** Options, then the environment; and where the endpoint is named. */
export function readServer(
  { tokenUrl, issuer, provider, ...asked }: ServerOptions,
  env: Environment,
  urlOption = 'tokenUrl',
): Server {
  const { scope, audience, resource, allowInsecureHttp = false } = asked;
  return readAll(env, (read) => {
    const format = secureUrl('the token endpoint', allowInsecureHttp);
    const byUrl =
      issuer === undefined ? read({ ...identity.tokenUrl, ...format }, tokenUrl, urlOption) : undefined;
    const byIssuer =
      tokenUrl === undefined
        ? read({ ...identity.issuer, ...secureUrl('the issuer', allowInsecureHttp) }, issuer, 'issuer')
        : undefined;
    if (byUrl !== undefined && byIssuer !== undefined)
      throw settingRejected(
        `${byIssuer.from} and ${byUrl.from} both name the token endpoint: leave one of them out.`,
      );
    const name = read(identity.provider)?.value;
    const preset: Preset | undefined = provider ?? (name && providers[name]);
    const request = {
      ...preset,
      ...(byIssuer === undefined ? { tokenUrl: byUrl?.value } : { issuer: byIssuer.value }),
      scope: scope ?? read(identity.scope)?.value ?? preset?.scope,
      audience: audience ?? read(identity.audience)?.value,
      resource: resource ?? read(identity.resource)?.value,
      allowInsecureHttp,
    };
    return { request, endpoint: byIssuer ?? byUrl };
  });
}

/** @throws TypeError for an option that there is not */
export function checkServer(owner: string, options: object, ...own: readonly string[]): void {
  const names = Object.fromEntries(own.map((name) => [name, true]));
  checkOptions<object>(owner, options, { ...names, ...serverOptions });
}

import type { Logger } from '../temporal.ts';
import type { TokenSource } from '@worker-auth/token-manager';
import { settingRejected } from '../errors/own-errors.ts';
import type { AnyAuthOptions, CommonOptions } from '../settings/auth-options.ts';
import {
  type CommonSettings,
  readCommonSettings,
  readSwitch,
  type Switch,
} from '../settings/auth-settings.ts';
import { clientSecret, openOption } from '../settings/credentials.ts';
import { openEnvironment, readApplicationName } from '../settings/environment-credentials.ts';
import type { Opened, OpeningContext } from '../settings/server.ts';
import { readOne } from '../settings/setting.ts';
import { identity } from '../settings/table.ts';
import { TokenFile } from '../settings/token-file.ts';
import { ApplicationTokens } from './application-tokens.ts';
import { ForeignTokens, type TemporalTokens } from './temporal-tokens.ts';

/** Where the tokens come from: an application's credentials, or a source of the user's own. */
export interface TokensAndSettings {
  /** `undefined` when authentication is off. */
  readonly tokens: TemporalTokens | undefined;
  readonly common: CommonSettings;
}

export interface Application extends TokensAndSettings {
  /** `undefined` where nobody named it. */
  readonly name: string | undefined;
  readonly tokens: ApplicationTokens | undefined;
}

/** @param timeoutMs how long a request and a sidecar are waited for; default as long as they take by themselves */
export function readApplication(options: AnyAuthOptions, timeoutMs?: number): Application {
  const common = readCommonSettings(options);
  const { env, logger } = common;
  const name = readApplicationName(options.applicationName, env);
  const state = readSwitch(options, env, name);
  if (!state.isOn) logUnused(state, logger);
  const named = { ...options, applicationName: name };
  const open = (context: OpeningContext): Opened => {
    const opened = openAny(named, { ...context, sidecarTimeoutMs: timeoutMs });
    return 'file' in opened ? opened : { ...opened, request: { ...opened.request, timeoutMs } };
  };
  return { name, tokens: state.isOn ? new ApplicationTokens(open, common, name) : undefined, common };
}

/** A source of the user's own, or a file with the token; none where the environment switches authentication off. */
export function readTokens(options: CommonOptions & { readonly tokens: TokenSource }): TokensAndSettings {
  const common = readCommonSettings(options);
  const said = readOne(common.env, identity.enabled);
  if (said?.value === false) {
    logUnused({ isOn: false, from: said.from, configured: 'option tokens' }, common.logger);
    return { common, tokens: undefined };
  }
  const { tokens } = options;
  if (!(tokens instanceof TokenFile)) return { common, tokens: new ForeignTokens(tokens, common.clock) };
  const file = tokens.path;
  return { common, tokens: new ApplicationTokens(() => ({ file, from: 'option tokens' }), common) };
}

/** The credentials of options in whatever words, else those of the environment. */
export function openAny(options: AnyAuthOptions, context: OpeningContext): Opened {
  const { credentials, clientId, clientSecret: secret, authUrl: tokenUrl } = options;
  if (credentials !== undefined) return openOption(credentials, context);
  // An empty text is of a variable that is not set.
  if (!clientId && !secret)
    return openEnvironment({ application: options.applicationName, tokenUrl }, context, 'authUrl');
  if (clientId && secret) return openOption(clientSecret({ id: clientId, secret, tokenUrl }), context);
  const [present, missing] = clientId ? ['clientId', 'clientSecret'] : ['clientSecret', 'clientId'];
  throw settingRejected(
    `OAuth2 credentials are incomplete: there is ${present}, but no ${missing}. Give both, or neither.`,
  );
}

/** Without it the first sign is an error of Temporal about something else. */
function logUnused({ from, configured }: Switch, logger: Logger): void {
  if (configured === undefined) return;
  if (from !== undefined) logger.info(`Authentication is off (${from}), and ${configured} is not used`);
  else
    logger.warn(
      `Authentication is off, and ${configured} is not used: set WORKER_AUTH_ENABLED=true where a secret store has the credentials`,
    );
}

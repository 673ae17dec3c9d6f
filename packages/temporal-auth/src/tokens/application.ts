import type { Logger } from '@temporalio/common';
import type { GetTokenOptions, TokenManagerEvents, TokenSource } from '@worker-auth/token-manager';
import { settingRejected, switchedOff } from '../errors/own-errors.ts';
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

/** The application behind its token source, for this package. */
export let applicationBehind: (source: ApplicationTokenSource) => Application;

/** The tokens of an application as a source, which works when authentication is off too. */
export abstract class ApplicationTokenSource implements TokenSource, AsyncDisposable {
  readonly #application: Application;

  static {
    applicationBehind = (source) => source.#application;
  }

  // Takes the options, so that no declaration names the application.
  constructor(options: AnyAuthOptions) {
    this.#application = readApplication(options);
  }

  /**
   * See {@link TokenSource.getToken}; with authentication off there is none, and that is an error here.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `stop()`; the signal's reason
   */
  async getToken(options: GetTokenOptions = {}): Promise<string> {
    const { tokens } = this.#application;
    if (tokens === undefined) throw switchedOff();
    return tokens.getToken(options);
  }

  /** See {@link TokenSource.peek}; nothing when authentication is off. */
  peek(): string | undefined {
    return this.#application.tokens?.peek();
  }

  /** See {@link TokenSource.subscribe}; never called when authentication is off. */
  subscribe(listener: (token: string) => void): () => void {
    return this.#application.tokens?.subscribe(listener) ?? (() => undefined);
  }

  /**
   * Calls `listener` with each event of the kind: see `TokenManagerEvents`. No event carries a token, and there is none when
   * authentication is off. What a listener throws, or rejects with, is dropped.
   *
   * @returns ends the subscription
   */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#application.tokens?.on(event, listener) ?? (() => undefined);
  }

  /**
   * Keeps the token fresh in the background from now on. Does nothing when authentication is off.
   *
   * @throws StoppedError after `stop()`
   */
  async start(): Promise<void> {
    this.#application.tokens?.start();
    return Promise.resolve();
  }

  /** Ends the refreshing and everything that it left running, for good. Never rejects. */
  async stop(): Promise<void> {
    await this.#application.tokens?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
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

import type { Logger } from '@temporalio/common';
import type { GetTokenOptions, TokenManagerEvents, TokenSource } from '@worker-auth/token-manager';
import { switchedOff } from '../errors/own-errors.ts';
import type { AtlanAuthClientOptions } from '../settings/auth-options.ts';
import {
  type CommonSettings,
  readApplicationName,
  readAuthEnabled,
  readCommonSettings,
} from '../settings/auth-settings.ts';
import { configuredCredentials } from '../settings/unused-credentials.ts';
import { ApplicationTokens } from './application-tokens.ts';

export interface Application {
  readonly name: string;
  /** `undefined` when authentication is off. */
  readonly tokens: ApplicationTokens | undefined;
  readonly common: CommonSettings;
}

export function readApplication(options: AtlanAuthClientOptions): Application {
  const common = readCommonSettings(options);
  const applicationName = readApplicationName(options, common.env);
  const isOn = readAuthEnabled(options, common.env);
  const named = { ...options, applicationName };
  if (isOn === undefined) warnOfUnused(configuredCredentials(named, common.env), common.logger);
  const tokens = isOn === true ? new ApplicationTokens(named, common) : undefined;
  return { name: applicationName, tokens, common };
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
  constructor(options: AtlanAuthClientOptions) {
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
function warnOfUnused(found: string | undefined, logger: Logger): void {
  if (found === undefined) return;
  logger.warn(
    `Authentication is off, and ${found} is not used: set ATLAN_WORKFLOW_AUTH_ENABLED=true to send tokens, or false to silence this`,
  );
}

import { sleep } from '@worker-auth/internal';
import {
  type FileTokenSource,
  fileTokenSource,
  type GetTokenOptions,
  TokenManager,
  TokenManagerError,
  TokenManagerErrorCode,
} from '@worker-auth/token-manager';
import { reportTokens } from '../conditions/token-report.ts';
import { waitingLog } from '../conditions/waiting-log.ts';
import { type ErrorContext, translate } from '../errors/translate.ts';
import { networkFetch } from '../network/network-fetch.ts';
import type { CommonSettings } from '../settings/auth-settings.ts';
import type {
  ApplicationCredentialSource,
  Opened,
  OpenedClient,
  OpeningContext,
} from '../settings/server.ts';
import type { TemporalTokens, TimedTokenOptions } from './temporal-tokens.ts';

/** Of the time that a caller waits for a token: the secret store can then say what it waits for. */
const credentialsShare = 0.9;

const tokenEndpoint = 'the token endpoint';

/** How long after one another a file is read again that still holds a rejected token, in ms. */
const rereadMs = [25, 50, 100, 200, 400, 800];

/** Gives the client, or the file, whose tokens these are. */
type Opening = (context: OpeningContext) => Opened;

/** The tokens of one application. Errors are this package's own. */
export class ApplicationTokens implements TemporalTokens {
  /** Its errors are those of another package. */
  readonly manager: TokenManager | FileTokenSource;
  /** Where the credentials of the current token came from, in words. */
  credentialsSource: string | undefined;
  /** As the credentials say that were read last. */
  tlsEnabled: boolean | undefined;
  readonly subscribe: TokenManager['subscribe'] = (listener) => this.manager.subscribe(listener);
  readonly on: TokenManager['on'] = (event, listener) => this.manager.on(event, listener);
  readonly #common: CommonSettings;
  readonly #logged: ReturnType<typeof waitingLog>;
  /** What a new token waits for; `undefined` while the secret store reports that itself, with the reason. */
  #waitedFor: string | undefined = tokenEndpoint;
  /** The monotonic moment until which credentials are waited for. */
  #credentialsDueMs = Infinity;
  #clientSecret = '';

  /** @param applicationName for the log */
  constructor(open: Opening, common: CommonSettings, applicationName?: string) {
    const { clock, logger, env, random, conditions } = common;
    this.#common = common;
    this.#logged = waitingLog(clock, logger, () =>
      conditions.has('NO_TOKEN') ? undefined : this.#waitedFor,
    );
    const onWaiting: OpeningContext['onWaiting'] = ({ waitedMs, timeoutMs, address, reason }) => {
      this.#waitedFor = undefined;
      const seconds = `${Math.round(waitedMs / 1_000)} s of ${Math.round(timeoutMs / 1_000)} s`;
      logger.info(`Waiting for the Dapr sidecar at ${address}, for ${seconds} so far: ${reason}`);
    };
    let file: string | undefined;
    try {
      const opened = open({ env, clock, onWaiting });
      if ('file' in opened) ({ file } = opened);
      this.#waitedFor = file ?? tokenEndpoint;
      this.manager =
        'file' in opened
          ? fileTokenSource(opened.file, { clock, random })
          : new TokenManager({
              ...opened.request,
              clock,
              random,
              fetch:
                common.fetch ?? networkFetch(common.network, opened.certificate, opened.request.timeoutMs),
              credentials: this.#credentials(opened),
            });
    } catch (error) {
      throw translate(error, { tokens: [] });
    }
    this.manager.on('tokenRefreshed', ({ credentialsSource }) => {
      this.credentialsSource = credentialsSource;
    });
    reportTokens(this.manager, { ...common, applicationName, file, translated: this.translated.bind(this) });
  }

  async getToken({ timeoutMs, ...options }: TimedTokenOptions = {}): Promise<string> {
    if (timeoutMs !== undefined)
      this.#credentialsDueMs = this.#common.clock.monotonicNow() + timeoutMs * credentialsShare;
    try {
      const work = this.#tokenOf(options);
      // Else it has another one.
      return await (this.peek() === undefined ? this.#logged(work) : work);
    } catch (error) {
      throw this.translated(error, { signal: options.signal });
    } finally {
      if (timeoutMs !== undefined) this.#credentialsDueMs = Infinity;
    }
  }

  /** A file that still holds the rejected token is being written, where an agent got another one: it is read again for a moment. */
  async #tokenOf(options: GetTokenOptions): Promise<string> {
    const { rejectedToken, signal } = options;
    try {
      return await this.manager.getToken(options);
    } catch (error) {
      const isUnchanged =
        error instanceof TokenManagerError && error.code === TokenManagerErrorCode.unchanged;
      if (!isUnchanged || this.manager instanceof TokenManager) throw error;
      for (const delayMs of rereadMs) {
        await sleep(this.#common.clock, delayMs, signal);
        const token = await this.manager.getToken({ forceRefresh: true, signal });
        if (token !== rejectedToken) return token;
      }
      throw error;
    }
  }

  peek(): string | undefined {
    return this.manager.peek();
  }

  get remainingMs(): number | undefined {
    return this.manager.remainingMs;
  }

  start(): void {
    try {
      this.manager.start();
    } catch (error) {
      throw this.translated(error);
    }
  }

  async stop(): Promise<void> {
    await this.manager.stop();
    this.#common.conditions.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Why the last request for a token failed, fit to be shown; `undefined` when it did not. */
  get lastError(): unknown {
    const { lastError } = this.manager;
    return lastError === undefined ? undefined : this.translated(lastError);
  }

  get activeTokens(): readonly string[] {
    return this.manager.activeTokens();
  }

  /** All that no text may show: tokens, and the client secret that was read last. */
  get secrets(): readonly string[] {
    return [...this.activeTokens, this.#clientSecret];
  }

  translated(error: unknown, context: Partial<ErrorContext> = {}): unknown {
    return translate(error, { tokens: this.secrets, ...context });
  }

  /** Notes what is read, and for how long it is waited for. */
  #credentials({ source: sourceOf, isForeign }: OpenedClient): ApplicationCredentialSource {
    const { clock } = this.#common;
    const source = sourceOf();
    let isProven = false;
    const get: ApplicationCredentialSource['get'] = async ({ timeoutMs = Infinity, ...read } = {}) => {
      this.#waitedFor = 'the credentials';
      const leftMs = Math.min(timeoutMs, this.#credentialsDueMs - clock.monotonicNow());
      try {
        const credentials = await source.get({ ...read, timeoutMs: Math.max(1, Math.floor(leftMs)) });
        // Late, it would say what newer ones do not.
        read.signal?.throwIfAborted();
        isProven = true;
        // A source that gives nothing at all is the token manager's to complain about.
        const given = credentials as Partial<typeof credentials> | undefined;
        this.tlsEnabled = given?.tlsEnabled;
        const secret: unknown = given?.clientSecret ?? '';
        this.#clientSecret = String(secret);
        return credentials;
      } catch (error) {
        if (isForeign !== true) throw error;
        throw this.translated(error, { signal: read.signal, source: 'credential source', isProven });
      } finally {
        this.#waitedFor = tokenEndpoint;
      }
    };
    // What it throws, or that there is none, is the token manager's to drop.
    const given: { invalidate(): unknown } = source;
    return { get, invalidate: () => given.invalidate() };
  }
}

import type { Logger } from '@temporalio/common';
import {
  checkRange,
  type Clock,
  type DecodedJwt,
  type Environment,
  systemClock,
  timerMs,
  withDeadline,
} from '@worker-auth/internal';
import { type DaprStore, SecretStoreError } from '@worker-auth/secret-store';
import type { Presentation } from '../connection/presentation.ts';
import {
  ConfigurationError,
  TemporalAuthError,
  TemporalAuthErrorCode,
} from '../errors/temporal-auth-error.ts';
import { messageOf, shown, translate } from '../errors/translate.ts';
import type { ApplicationCredentials, ApplicationCredentialSource } from '../settings/auth-options.ts';
import type { OpenedClient } from '../settings/opened.ts';
import type { ApplicationTokens } from '../tokens/application-tokens.ts';
import { catalogue, type CategoryName, type CheckName, entries } from './catalogue.ts';
import { type Check, type DiagnoseOptions, type Diagnosis, runbookPlace } from './diagnosis.ts';
import { DoctorCode } from './doctor-code.ts';

export type Problem = Required<Pick<Check, 'code' | 'error'>>;

/** What a check found that did not fail; a problem is a warning. */
export type Found<T = undefined> = Pick<Check, 'description' | 'details'> &
  Partial<Problem> & { readonly value?: T };

/** How a client secret is sent. */
export const secretMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'] as const;

export type SecretMethod = (typeof secretMethods)[number];

/** A request for a token, and the answer. */
export interface TokenExchange {
  readonly url: URL;
  readonly sentMs: number;
  /** `undefined` when there was no answer. */
  readonly status?: number;
  /** By how much this host's clock is ahead of the server's, in milliseconds; `undefined` when the answer does not tell. */
  readonly hostAheadMs?: number | undefined;
  /** Of the request. */
  readonly assertion: DecodedJwt | undefined;
  /** How the secret was sent; `undefined` when none was. */
  readonly method?: SecretMethod | undefined;
}

/** How a check fails: never leaves the doctor. */
export class ProblemFound extends ConfigurationError {
  constructor(code: Problem['code'], error: string) {
    super(error, { code });
  }
}

const no = (): undefined => undefined;

/** The diagnosis is what tells. */
export const silentLogger: Logger = { log: no, trace: no, debug: no, info: no, warn: no, error: no };

/** Makes the checks of the catalogue, goes on after failures, and tells causes from consequences. */
export class DiagnosisContext implements AsyncDisposable {
  options: DiagnoseOptions;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  // What the steps found, for those that follow: `undefined` where it makes no sense, or is not needed.
  applicationName: string | undefined;
  authEnabled = true;
  client: OpenedClient | undefined;
  /** The file that the token comes from. */
  tokenFile: string | undefined;
  /** Where the credentials are read from. */
  source: ApplicationCredentialSource | undefined;
  /** Which secret is read; `undefined` when no sidecar is asked. */
  secret: { readonly store: DaprStore; readonly name: string } | undefined;
  credentials: ApplicationCredentials | undefined;
  /** The last request for a token. */
  exchange: TokenExchange | undefined;
  /** The methods that the issuer's metadata list; without metadata, those that every server is to take. */
  offeredMethods: readonly string[] = secretMethods.slice(0, 2);
  /** Those that have a token. */
  tokens: ApplicationTokens | undefined;
  /** The token, without secrets; `undefined` for one that is no JWT. */
  jwt: DecodedJwt | undefined;
  temporal: Presentation | undefined;
  readonly #made = new Map<CheckName, Check>();

  constructor(options: DiagnoseOptions) {
    const { timeoutMs = 5_000, signal = new AbortController().signal } = options;
    checkRange('timeoutMs', timeoutMs, timerMs);
    this.options = options;
    this.tokenFile = options.tokenFile;
    this.clock = options.clock ?? systemClock;
    this.timeoutMs = timeoutMs;
    this.signal = signal;
  }

  get env(): Environment {
    return this.options.env ?? process.env;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.tokens?.stop(), this.temporal?.certificates?.stop()]);
  }

  /** @param what for the message: "No … within 5000 ms. …" */
  inTime<T>(what: string, task: (signal: AbortSignal) => Promise<T>, steps = 1): Promise<T> {
    const { clock, signal } = this;
    const timeoutMs = this.timeoutMs * steps;
    const message = `No ${what} within ${timeoutMs} ms. Check routes, firewalls and network policies.`;
    const timeoutError = (): Error => new ProblemFound(DoctorCode.connectionTimedOut, message);
    return withDeadline(task, { clock, timeoutMs, signal, timeoutError });
  }

  /**
   * Makes one check, unless what it needs has failed; `undefined` when it failed or was not made.
   *
   * @param explain names the check that explains a problem, where the catalogue does not
   * @throws the reason of the caller's signal
   */
  async check<T>(
    name: CheckName,
    work: () => Promise<Found<T> | string> | Found<T> | string,
    explain?: (problem: Problem) => CheckName | undefined,
  ): Promise<T | undefined> {
    const { needs, by, says } = entryOf(name);
    if (this.causeAmong(needs) !== undefined) return undefined;
    try {
      const found = await work();
      const { value, ...rest } = typeof found === 'string' ? { description: found } : found;
      this.#add(name, rest.error === undefined ? 'success' : 'warning', rest);
      return value;
    } catch (error) {
      this.signal.throwIfAborted();
      const problem = problemOf(error);
      const cause = explain?.(problem) ?? this.causeAmong(by);
      this.#add(name, 'error', { description: says, ...problem, ...(cause && { consequenceOf: cause }) });
      return undefined;
    }
  }

  skip(names: readonly CheckName[], reason: string): void {
    for (const name of names) this.#add(name, 'skipped', { description: `${entryOf(name).says}: ${reason}` });
  }

  /** The failure behind the first of these checks that did not come to a result. */
  causeAmong(names: readonly CheckName[]): CheckName | undefined {
    for (const name of names) {
      const { consequenceOf, result } = this.#found(name);
      const cause = consequenceOf ?? (result === 'error' ? name : undefined);
      if (cause !== undefined) return cause;
    }
    return undefined;
  }

  diagnosis(): Diagnosis {
    const categories = Object.entries(catalogue).map(([categoryName, checks]) => ({
      categoryName: categoryName as CategoryName,
      checks: Object.keys(checks).map((name) => this.#found(name as CheckName)),
    }));
    const failed = categories.flatMap(({ checks }) => checks.filter(({ result }) => result === 'error'));
    const causes = failed.filter(({ consequenceOf }) => consequenceOf === undefined);
    return { success: failed.length === 0, causes: causes.map(({ name }) => name), categories };
  }

  #found(name: CheckName): Check {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const { categoryName, says, needs, by } = entryOf(name);
    const cause = this.causeAmong([...needs, ...by]);
    const why = cause === undefined ? '' : `, since "${cause}" failed`;
    const description = `${says}: not checked${why}`;
    const runbook = runbookPlace(categoryName);
    return { name, description, result: 'skipped', ...(cause && { consequenceOf: cause }), runbook };
  }

  #add(name: CheckName, result: Check['result'], { description, error, ...rest }: Found<unknown>): void {
    const texts = {
      description: visible(description),
      ...(error !== undefined && { error: visible(error) }),
    };
    const runbook = runbookPlace(rest.code ?? entryOf(name).categoryName);
    this.#made.set(name, { name, result, ...rest, ...texts, runbook });
  }
}

/** What somebody put into a name must not steer a terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}

/** What is thrown about an argument is a setting that makes no sense. */
function problemOf(error: unknown): Problem {
  const typed = error instanceof SecretStoreError ? error : translate(error, { tokens: [] });
  if (typed instanceof TemporalAuthError || typed instanceof SecretStoreError)
    return { code: typed.code, error: typed.message };
  return { code: TemporalAuthErrorCode.settingRejected, error: `${shown(messageOf(typed), [])}.` };
}

function entryOf(wanted: CheckName) {
  return entries.find(({ name }) => name === wanted) as (typeof entries)[number];
}

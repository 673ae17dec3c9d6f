import {
  checkClock,
  checkObject,
  checkRange,
  checkSignal,
  checkText,
  type Clock,
  type DecodedJwt,
  type Environment,
  systemClock,
  timerMs,
  withDeadline,
  throwIfAborted,
  visible,
} from '@worker-auth/internal';
import type { DaprStore } from '@worker-auth/secret-store';
import type { TokenSource } from '@worker-auth/token-manager';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import type { Presentation } from '../connection/presentation.ts';
import type { ApplicationCredentialSource, OpenedClient } from '@worker-auth/calls/settings/server';
import type { PluginSettings } from '../settings/plugin-settings.ts';
import type { WorkerMade } from '../worker/native-connections.ts';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import { catalogue, type CategoryName, type CheckName, entries } from './catalogue.ts';
import type { Check, DiagnoseOptions, Diagnosis } from './diagnosis.ts';
import { type Problem, ProblemFound, problemOf } from './problem.ts';
import { withShape } from './shape.ts';

/** What a check found that did not fail; a problem is a warning. */
export type Found<T = undefined> = Pick<Check, 'description'> &
  Partial<Problem> & { readonly value?: T; readonly isNote?: boolean };

/** What a program has set, by its options and its environment. */
export interface Program {
  /** The option `tokens` of the plugin. */
  readonly tokens?: TokenSource | undefined;
  /** `undefined` of a program that makes no client of this package. */
  readonly settings?: PluginSettings;
  /** The options of the workers that it made, or is about to make. */
  readonly workers: readonly WorkerMade[];
}

export const secretMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'] as const;

export type SecretMethod = (typeof secretMethods)[number];

/** A request for a token, and the response as far as there was one. */
export interface TokenExchange {
  readonly url: URL;
  readonly sentMs: number;
  readonly status?: number;
  readonly headers?: Headers;
  /** The beginning of the body. */
  readonly text?: string;
  /** By how much this host's clock is ahead of the server's, in milliseconds; `undefined` when the response does not say. */
  readonly hostAheadMs?: number | undefined;
  /** Of the request. */
  readonly assertion: DecodedJwt | undefined;
  /** How the secret was sent; `undefined` when none was. */
  readonly method?: SecretMethod | undefined;
}

const ofCode = 'a program may set it in its code, which "worker-auth doctor -- node lib/worker.js" looks at';

/** What programs often have in their code. */
const oftenInCode: readonly string[] = [
  ...['application', 'DOCTOR_CERTIFICATE_UNTRUSTED'],
  ...['TEMPORAL_AUTH_TLS_FAILED', 'TEMPORAL_AUTH_SWITCHED_OFF'],
];

/** Makes the checks of the catalogue, goes on after failures, and separates causes from consequences. */
export class DiagnosisContext implements AsyncDisposable {
  options: DiagnoseOptions;
  readonly program: Program | undefined;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  // What the steps found, for those that follow: `undefined` where it makes no sense, or is not needed.
  applicationName: string | undefined;
  authEnabled = true;
  client: OpenedClient | undefined;
  /** The file that the token comes from. */
  tokenFile: string | undefined;
  source: ApplicationCredentialSource | undefined;
  /** Which secrets are read, in this order; `undefined` when no sidecar is asked. */
  secrets: { readonly store: DaprStore; readonly names: readonly [string, ...string[]] } | undefined;
  credentials: Awaited<ReturnType<ApplicationCredentialSource['get']>> | undefined;
  exchange: TokenExchange | undefined;
  /** The methods that the issuer's metadata list; without metadata, those that every server should accept. */
  offeredMethods: readonly string[] = secretMethods.slice(0, 2);
  tokens: ApplicationTokens | undefined;
  /** The token, without secrets; `undefined` for one that is no JWT. */
  jwt: DecodedJwt | undefined;
  temporal: Presentation | undefined;
  readonly #made = new Map<CheckName, Check>();

  constructor(options: DiagnoseOptions, program?: Program) {
    checkObject('The options of diagnose', options);
    const { timeoutMs = 5_000, signal = new AbortController().signal, clock = systemClock } = options;
    checkText('agent', options.agent ?? '');
    checkSignal('signal', signal);
    checkClock('clock', clock);
    checkRange('timeoutMs', timeoutMs, timerMs);
    throwIfAborted(signal);
    this.options = options;
    this.program = program;
    this.tokenFile = options.tokenFile ?? (program?.tokens && 'the option tokens');
    this.clock = clock;
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
  inTime<T>(
    what: string,
    task: (signal: AbortSignal) => Promise<T>,
    { steps = 1, evidence }: { readonly steps?: number; readonly evidence?: () => readonly string[] } = {},
  ): Promise<T> {
    const { clock, signal } = this;
    const timeoutMs = this.timeoutMs * steps;
    const timeoutError = (): Error => {
      return new ProblemFound(
        'DOCTOR_CONNECTION_TIMED_OUT',
        `No ${what} within ${timeoutMs} ms.`,
        'Check routes, firewalls and network policies.',
        evidence?.(),
      );
    };
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
      const { value, isNote, ...rest }: Found<T> = typeof found === 'string' ? { description: found } : found;
      const result = isNote === true ? 'note' : 'success';
      this.#add(name, rest.cause === undefined ? result : 'warning', rest);
      return value;
    } catch (error) {
      this.signal.throwIfAborted();
      const problem = { description: says, ...withShape(problemOf(error), this.env) };
      const isOfTrust = problem.code === 'DOCTOR_CERTIFICATE_UNTRUSTED';
      const explained = isOfTrust ? this.causeAmong(['trusted-certificates']) : explain?.(problem);
      const consequenceOf = explained ?? this.causeAmong(by);
      const isOfCode =
        this.program === undefined && [name, problem.code].some((known) => oftenInCode.includes(known));
      const evidence = [...(problem.evidence ?? []), ...(isOfCode ? [ofCode] : [])];
      const shown = { ...problem, ...(evidence.length > 0 && { evidence }) };
      this.#add(name, 'error', consequenceOf === undefined ? shown : { ...shown, consequenceOf });
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
    const isAccepted = this.#found('temporal-write').result === 'success';
    return { success: failed.length === 0 && isAccepted, causes: causes.map(({ name }) => name), categories };
  }

  #found(name: CheckName): Check {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const { categoryName, says, needs, by } = entryOf(name);
    const cause = this.causeAmong([...needs, ...by]);
    const why = cause === undefined ? '' : `, since "${cause}" failed`;
    const url = runbookUrl(categoryName);
    return {
      name,
      description: `${says}: not checked${why}`,
      result: 'skipped',
      ...(cause && { consequenceOf: cause }),
      url,
    };
  }

  #add(name: CheckName, result: Check['result'], found: Found & Pick<Check, 'consequenceOf'>): void {
    const { description, cause, remedy = '', evidence, ...rest } = found;
    this.#made.set(name, {
      name,
      description: visible(description),
      result,
      ...rest,
      ...(cause !== undefined && { cause: visible(cause), remedy: visible(remedy) }),
      ...(evidence && { evidence: evidence.map(visible) }),
      url: runbookUrl(rest.code ?? entryOf(name).categoryName),
    });
  }
}

function entryOf(wanted: CheckName) {
  return entries.find(({ name }) => name === wanted) as (typeof entries)[number];
}

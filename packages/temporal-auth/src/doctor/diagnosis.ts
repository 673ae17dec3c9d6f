import type { AnyErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';
import type { TemporalWorkflowClientOptions } from '../settings/temporal-options.ts';
import type { CategoryName, CheckName } from './catalogue.ts';
import type { DoctorCode } from './doctor-code.ts';

/** `note`: it holds, and is worth knowing. `skipped`: it does not apply here, or says nothing after the failure that {@link Check.consequenceOf} names. */
export type CheckResult = 'success' | 'note' | 'warning' | 'error' | 'skipped';

/** What one check found. */
export interface Check {
  /** Stable. */
  readonly name: CheckName;
  /** What was found; of a check that did not succeed, the statement that does not hold. One line. */
  readonly description: string;
  readonly result: CheckResult;
  /** Stable: what was found wrong; `undefined` when nothing was. */
  readonly code?: AnyErrorCode | DoctorCode;
  /** What was found wrong: one line. */
  readonly cause?: string;
  /** What to do: one line. */
  readonly remedy?: string;
  /** What shows it, such as each certificate of a chain, each address that was tried or the claims of the token: one line each. */
  readonly evidence?: readonly string[];
  /** The check whose failure brought this one about. */
  readonly consequenceOf?: CheckName;
  /** Where the runbook describes the code, else the checks of the category. */
  readonly url: string;
}

/** Checks of one part of the whole. */
export interface CheckCategory {
  readonly categoryName: CategoryName;
  readonly checks: readonly Check[];
}

/** What `diagnose()` found: plain data, which JSON can hold, with nothing secret in it. */
export interface Diagnosis {
  /** Whether no check failed and Temporal accepted the polls of a worker; there may be warnings. */
  readonly success: boolean;
  /** The checks that failed by themselves; every other failure is a consequence of one of these. */
  readonly causes: readonly CheckName[];
  readonly categories: readonly CheckCategory[];
}

/**
 * How Temporal's default claim mapper is configured, in the words of the server's configuration (`global.authorization`).
 *
 * @see https://docs.temporal.io/self-hosted-guide/security#authorization
 */
export interface ClaimMapperOptions {
  /** The claim that holds the permissions, at the top of the token. Default `permissions`. */
  readonly permissionsClaimName?: string | undefined;
  /** What a permission looks like: an expression with the groups `namespace` and `role`. Default `namespace:role`. */
  readonly permissionsRegex?: string | undefined;
  /** What `aud` must hold. Default: it is not looked at. */
  readonly audience?: string | undefined;
}

/** Settings of `diagnose()`: those of the client that is to be looked into, so that its own options can be handed over. */
export type DiagnoseOptions = TemporalWorkflowClientOptions & {
  /** A file with the token, in place of credentials. Default none. */
  readonly tokenFile?: string | undefined;
  /** How long each step may take, in milliseconds, above 0 and at most 2^31-1. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * The agent whose token is looked at, instead of credentials: `http://host:port` or `unix:/path`, as it listens, or the file that it writes.
   * Default none.
   */
  readonly agent?: string | undefined;
  /** The file with the bearer that the agent asks for. Default none. */
  readonly agentBearerFile?: string | undefined;
  /** How the server's claim mapper is configured. Default as Temporal's own is. */
  readonly authorization?: ClaimMapperOptions | undefined;
  /** How many workers run in the namespace: whether Temporal allows their polls. Default not known. */
  readonly workers?: number | undefined;
  /** The server's `frontend.namespaceCount`. Default 1,200, as Temporal's. */
  readonly namespaceCount?: number | undefined;
  /** Whether to try the native connection of workers too, for which Temporal's Runtime is made in this process. Default false. */
  readonly native?: boolean | undefined;
  /** The task queue whose pollers are looked at. Default not known. */
  readonly taskQueue?: string | undefined;
  /** Ends the diagnosis, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
};

/** Settings of `diagnose()` of the plugin, which knows the others itself. */
export type ProgramDiagnosisOptions = Pick<
  DiagnoseOptions,
  'timeoutMs' | 'signal' | 'authorization' | 'workers' | 'namespaceCount' | 'taskQueue' | 'native'
>;

/** What the parts of a proxy share, and how one of its calls reaches Temporal. */
import type { OutgoingHttpHeader } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import type { Logger } from '@worker-auth/calls/temporal';
import type { Clock } from '@worker-auth/internal';
import { redacted } from '@worker-auth/internal/network';
import type { Conditions } from '@worker-auth/calls/conditions/conditions';
import type { CallTokens } from '@worker-auth/calls/tokens/call-tokens';
import { callFailure, isRejection } from '@worker-auth/calls/errors/rejection';
import {
  type Answer,
  CallError,
  exchange,
  type Exchange,
  type ExchangeOptions,
  grpcStatus,
  noAnswer,
} from './exchange.ts';
import type { Caller } from './caller.ts';
import { fitForCaller, reveals } from './fields.ts';
import type { HeldPolls } from './held-polls.ts';
import type { Line, Seat } from './line.ts';
import { writeTimeout } from './methods.ts';
import type { Scope, Scopes } from './scopes.ts';
import type { Tasks } from './tasks.ts';
import type { Upstream } from './upstream.ts';
import { descriptionOf } from './wire.ts';

export interface ProxyCore {
  /** Of Temporal, `host:port`. */
  readonly address: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly tokens: CallTokens;
  readonly scopes: Scopes;
  readonly upstream: Upstream;
  readonly tasks: Tasks;
  readonly polls: HeldPolls;
  /** Wait for Temporal to accept a result, in ms, before its worker gets OK; `undefined`: no limit. */
  readonly earlyOkMs: number | undefined;
  /** What may be shown of an error of a call. */
  explain(error: unknown, namespace: string): string;
}

/** A call as it is sent once. */
export interface Attempt {
  /** They get the token, and the time: another copy for each call would cost too much. */
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly isPoll?: boolean;
  /** Deadline that Temporal gets once there is a connection, in ms; `undefined`: the one in the headers. */
  readonly deadlineMs?: () => number | undefined;
  /** Aborts when no connection is waited for any more. */
  readonly over?: () => AbortSignal;
  /** Time before it is cancelled, in ms. */
  readonly timeoutMs?: number | undefined;
  /** Of a poll: called with a task that comes when nobody waits for it. */
  readonly onLate?: ((answer: Answer) => void) | undefined;
  /** See {@link ExchangeOptions.receive}. */
  readonly receive?: ExchangeOptions['receive'];
  /** Called with what is under way. */
  readonly onBegun?: (begun: Exchange) => void;
}

export interface Attempted {
  readonly answer: Answer;
  /** When it was sent last. */
  readonly sentMs: number;
  readonly isRejected: boolean;
}

/** What no caller may see: the token of its call, and those that are valid. */
export function secretsOf({ tokens }: ProxyCore, token: string): readonly string[] {
  return [token, ...(tokens.replacement.known?.valid ?? [])];
}

function fit(answer: Answer, secrets: readonly string[]): Answer {
  const { headers, trailers = {}, status, message } = answer;
  const hasFailed = status !== grpcStatus.ok;
  for (const fields of [headers, trailers]) fitForCaller(fields, secrets, hasFailed);
  return hasFailed && reveals(message, secrets) ? { ...answer, message: redacted } : answer;
}

/** Of a call that is rejected, so many connections are tried. */
const maxLines = 2;

/** What needs another permission than the calls of workers, and how long its answer may take, in ms. */
const [elsewherePath, elsewhereMs] = [
  '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace',
  5_000,
];

/** Of a call that is made in the place of another one. @param encoding header `grpc-encoding` */
export function headersOf(
  path: string,
  headers: OutgoingHttpHeaders,
  encoding?: OutgoingHttpHeader,
): OutgoingHttpHeaders {
  return { ...headers, ':path': path, 'grpc-encoding': encoding };
}

/** Sends a call with a token, once more where the server refused its stream, on another connection too where one rejects what was accepted before: servers behind one address may differ. */
export async function attempt(
  core: ProxyCore,
  scope: Scope,
  token: string,
  { headers, body, isPoll = false, deadlineMs, over, timeoutMs, onLate, receive, onBegun }: Attempt,
): Promise<Attempted> {
  const { clock, upstream } = core;
  headers.authorization = `Bearer ${token}`;
  const rejecting = new Set<Line>();
  const fitted = (answer: Answer): Answer => fit(answer, secretsOf(core, token));
  const late =
    onLate &&
    ((answer: Answer): void => {
      onLate(fitted(answer));
    });
  let [sentMs, wasRefused] = [clock.monotonicNow(), false];
  try {
    for (let next: Seat | Promise<Seat> | undefined = upstream.stream(isPoll, over); ;) {
      const seat: Seat = next instanceof Promise ? await next : next;
      const { line } = seat;
      sentMs = clock.monotonicNow();
      const leftMs = deadlineMs?.();
      if (leftMs !== undefined) headers['grpc-timeout'] = writeTimeout(leftMs);
      const begun = exchange(seat, headers, body, { clock, timeoutMs, onLate: late, receive });
      onBegun?.(begun);
      const answer = fitted(await begun.answer);
      if (answer.isRefused && !wasRefused && over?.().aborted !== true) {
        wasRefused = true;
        next = upstream.stream(isPoll, over);
        continue;
      }
      if (answer.status === grpcStatus.ok) upstream.accepted(line, scope);
      const isRejected = answer.status !== grpcStatus.ok && isRejection(callFailure(new CallError(answer)));
      if (!isRejected) return { answer, sentMs, isRejected };
      upstream.rejected(line, scope);
      rejecting.add(line);
      const isDenied = scope.verdicts.isDenied(clock.monotonicNow());
      const mayDiffer = scope.isProven && rejecting.size < maxLines;
      next = mayDiffer ? upstream.another(isPoll, over, rejecting, isDenied) : undefined;
      if (next === undefined) return { answer, sentMs, isRejected };
    }
  } catch (error) {
    const isLate = over?.().aborted === true;
    const status = isLate ? grpcStatus.deadlineExceeded : grpcStatus.unavailable;
    return { answer: noAnswer((error as Error).message, status), sentMs, isRejected: false };
  }
}

/** Distinguishes a missing permission from a bad token. A token that is good here, and with which none of these calls was ever accepted, lacks the right to write; the verdicts say so then. */
export async function askElsewhere(
  core: ProxyCore,
  { namespace, headers, connection }: Caller,
  token: string,
): Promise<void> {
  const scope = core.scopes.enter(namespace, elsewherePath, connection);
  if (scope === undefined) return;
  const call = {
    headers: headersOf(elsewherePath, headers),
    body: descriptionOf(namespace),
    deadlineMs: () => elsewhereMs,
    timeoutMs: elsewhereMs,
  };
  const { answer, sentMs } = await attempt(core, scope, token, call);
  core.scopes.leave(scope);
  if (answer.status !== grpcStatus.ok) return;
  core.scopes.prove(scope);
  core.tokens.accepted(scope.verdicts, elsewherePath, token, sentMs);
}

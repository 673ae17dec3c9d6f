import type { temporal } from '@temporalio/proto';

/** Temporal's frontend service, as its published protos describe it. */
type Service = temporal.api.workflowservice.v1.WorkflowService;

/**
 * A message as a plain object: nothing is required, a 64-bit number may be a number, and an enumerated value may be its
 * name.
 */
export type Plain<T> = T extends number
  ? `${number}` extends `${T}`
    ? number
    : T | string
  : T extends string | boolean | Uint8Array | null | undefined
    ? T
    : T extends { toNumber(): number }
      ? T | number
      : T extends readonly (infer Element)[]
        ? readonly Plain<Element>[]
        : { readonly [Key in keyof T]?: Plain<T[Key]> | null | undefined };

/** The methods of the service, with a small first letter as in the protos' own types. */
export type MethodName = {
  [Key in keyof Service]: Service[Key] extends { readonly requestType: string } ? Key : never;
}[keyof Service];

export type RequestOf<Method extends MethodName> = Service[Method] extends (
  request: infer Request,
) => Promise<unknown>
  ? Request
  : never;

export type ResponseOf<Method extends MethodName> = Service[Method] extends (
  request: never,
) => Promise<infer Response>
  ? Plain<Response>
  : never;

/** The methods that are answered, each by a function; `signal` aborts when the caller has left or the frontend stops. */
export type Handlers = {
  readonly [Method in MethodName]?: (
    request: RequestOf<Method>,
    signal: AbortSignal,
  ) => ResponseOf<Method> | Promise<ResponseOf<Method>>;
};

/** What pollers get. */
export type ActivityTaskResponse = ResponseOf<'pollActivityTaskQueue'>;
export type WorkflowTaskResponse = ResponseOf<'pollWorkflowTaskQueue'>;

export type Payloads = Plain<temporal.api.common.v1.IPayloads>;
export type Failure = Plain<temporal.api.failure.v1.IFailure>;
export type Command = Plain<temporal.api.command.v1.ICommand>;
export type RetryPolicy = Plain<temporal.api.common.v1.IRetryPolicy>;
export type WorkflowExecution = temporal.api.common.v1.IWorkflowExecution;

/** The attributes of every kind of event, by the kind's name. */
type EventFields = Omit<temporal.api.history.v1.IHistoryEvent, 'attributes'>;

/** The kinds of events: `timerFired` and so on. */
export type EventName =
  Extract<keyof EventFields, `${string}EventAttributes`> extends infer Field
    ? Field extends `${infer Name}EventAttributes`
      ? Name
      : never
    : never;

export type EventAttributes<Name extends EventName> = Plain<
  NonNullable<EventFields[`${Name}EventAttributes`]>
>;

/** `google.protobuf.Duration` and `google.protobuf.Timestamp` as a message has them. */
interface Seconds {
  readonly seconds?: unknown;
  readonly nanos?: number | null | undefined;
}

export interface PlainSeconds {
  readonly seconds: number;
  readonly nanos: number;
}

/** Milliseconds; 0 when there is none. */
export function durationMs(duration: Seconds | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1_000 + (duration?.nanos ?? 0) / 1_000_000;
}

/** A duration, or a moment since the epoch, of whole milliseconds. */
export function toSeconds(ms: number): PlainSeconds {
  const whole = Math.round(ms);
  const seconds = Math.floor(whole / 1_000);
  return { seconds, nanos: (whole - seconds * 1_000) * 1_000_000 };
}

import { connectionTrouble } from './unreachable.ts';

/** gRPC status codes that decide what went wrong (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const grpcCode = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unauthenticated: 16,
} as const;

/** What a status says of its call. */
const statuses: Readonly<Record<'answered' | 'common' | 'onItsWay', readonly (number | undefined)[]>> = {
  /** The server examined it: INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED. */
  answered: [3, 9, 11, 12],
  /** All calls fail so: DEADLINE_EXCEEDED, NOT_FOUND of the namespace, RESOURCE_EXHAUSTED, UNAVAILABLE. */
  common: [4, 5, 8, 14],
  /** DEADLINE_EXCEEDED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED. */
  onItsWay: [4, 7, 8, 13, 14, 16],
};

/** Rejections by Temporal's authorizer, Envoy, and proxies that know no gRPC: errors of the native connection carry no code. */
const rejectionText =
  /PermissionDenied|Unauthenticated|Request unauthorized|valid authentication credentials|does not have permission|HTTP status code 40[13]|status: 40[13]|Jwt /;

/** What only proxies say: an HTTP status in place of one of gRPC, and Envoy. */
const proxyText = /HTTP status code|status: 40[13]|Jwt |Jwks |RBAC/;

/** What gRPC says in each language, and proxies: nginx, Envoy. A length of nine digits is no length, but text that is not of gRPC. */
const tooLargeText =
  /larger than max(?! \(\d{9,} vs)|message length too large|HTTP status code 413|status: 413|(?:Payload|Request Entity|Content) Too Large/;

/** The token was not examined: Envoy has no keys to check it with, or a forward proxy blocked the call. */
const undecidedText = /Jwks remote fetch is failed|CONNECT call failed/;

/** Of grpc-js, as far as it is read. */
type ServiceError = Error & {
  readonly code: number;
  readonly details: string;
  readonly metadata: { get?(key: string): readonly unknown[] };
};

export interface CallFailure {
  /** The gRPC status; `undefined` where the native connection gives none. */
  readonly grpcStatus: number | undefined;
  /** What the server or the SDK said, as it came: not fit to be shown. */
  readonly text: string;
  /** The clock of the server, in ms since the epoch, where it sends a `Date`, as Envoy does. */
  readonly serverNowMs?: number;
}

export function callFailure(error: unknown): CallFailure {
  const grpc = isServiceError(error) ? error : error instanceof Error ? error.cause : undefined;
  if (isServiceError(grpc)) {
    const { code, message, details, metadata } = grpc;
    // grpc-js has the server's text in `details`; the native connection has it in the message, and bytes or nothing in `details`.
    const text = details !== '' && message.endsWith(details) ? details : message;
    const serverNowMs = Date.parse(String(metadata.get?.('date')[0]));
    return { grpcStatus: code, text, ...(!Number.isNaN(serverNowMs) && { serverNowMs }) };
  }
  return { grpcStatus: undefined, text: error instanceof Error ? error.message : 'unknown error' };
}

/** By its shape, as `isGrpcServiceError` of Temporal's client, which would load all of that. */
function isServiceError(error: unknown): error is ServiceError {
  const { details, metadata } = (error ?? {}) as Readonly<Partial<Record<string, unknown>>>;
  return (
    error instanceof Error && typeof details === 'string' && typeof metadata === 'object' && metadata !== null
  );
}

/** Whether the server answered and said no: the token is bad, or lacks a permission. */
export function isRejection({ grpcStatus, text }: CallFailure): boolean {
  if (undecidedText.test(text)) return false;
  return isRejectionCode(grpcStatus) || rejectionText.test(text);
}

/** Whether a rejection is of something before Temporal. */
export function isOfProxy({ text }: CallFailure): boolean {
  return proxyText.test(text);
}

/** Whether a status of gRPC says no: PERMISSION_DENIED from Temporal, UNAUTHENTICATED from a proxy. */
export function isRejectionCode(code: number | undefined): boolean {
  return code === grpcCode.permissionDenied || code === grpcCode.unauthenticated;
}

/** Whether nobody there knows the method: gRPC takes HTTP's 404 of a proxy for UNIMPLEMENTED, and Core takes the page for a message. */
export function isUnknownMethod({ grpcStatus, text }: CallFailure): boolean {
  return grpcStatus === grpcCode.unimplemented || text.includes('with status: 404');
}

/** Whether another call may succeed meanwhile: the answer is neither a rejection nor that of an outage. */
export function isOfOneCall(failure: CallFailure): boolean {
  const { grpcStatus, text } = failure;
  if (isRejection(failure) || grpcStatus === undefined || statuses.common.includes(grpcStatus)) return false;
  return connectionTrouble(text) === undefined && !text.includes('with status: 5');
}

/** Whether the same call may succeed later: there was no answer, or none of Temporal itself. */
export function mayPass({ grpcStatus }: CallFailure): boolean {
  return !statuses.answered.includes(grpcStatus);
}

/**
 * Whether Temporal will never take a result as it is: INVALID_ARGUMENT. FAILED_PRECONDITION (failover) and UNIMPLEMENTED (a proxy without a route) say
 * nothing of a task.
 */
export function isFinal(failure: CallFailure): boolean {
  return failure.grpcStatus === grpcCode.invalidArgument && !isOfProxy(failure);
}

/** Whether a message is too large for the server, for its client, or for a proxy on the way, whose 413 has no status of gRPC. */
export function isTooLarge({ text }: CallFailure): boolean {
  return tooLargeText.test(text);
}

/** Whether Temporal has no such task any more: it was timed out, its workflow has ended, or its result had arrived. */
export function isGone(failure: CallFailure): boolean {
  return (
    failure.grpcStatus === grpcCode.notFound &&
    !/\bNamespace \S+ (?:is|was) not found/i.test(serverText(failure))
  );
}

/** Whether a call failed on its way, and not for what it asked: nothing else is for this package to explain. */
export function isAboutReach({ grpcStatus }: CallFailure): boolean {
  return statuses.onItsWay.includes(grpcStatus);
}

/** What the server itself said, where the native connection gives it inside a printout of the whole status. */
export function serverText({ text }: CallFailure): string {
  return /message: "((?:[^"\\]|\\.)+)"/.exec(text)?.[1] ?? text;
}

/** Whether Temporal's native connection says so: everything else that a worker's creation throws is about the worker. */
export const isTransportError = named('TransportError');

/** Whether the last native connection of the process was closed during the call: Temporal's Runtime ends with it. */
export const isDropped = named('NativePromiseDroppedError');

/** Whether a native connection would not be closed because workers use it. */
export const isHeldByWorkers = saying('Workers hold a reference');

/** Whether Core still has the place of an earlier worker of the same kind taken, on this connection. */
export const isPlaceTaken = saying('Registration of multiple workers');

/** Whether a native connection was closed by its owner. */
export function isClosedConnection(error: unknown): boolean {
  return saying('already closed')(error) && named('IllegalStateError')(error);
}

function saying(text: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && error.message.includes(text);
}

function named(name: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && error.name === name;
}

import {
  anything,
  callback,
  type Checks,
  checkGiven,
  durationMs,
  either,
  isText,
  number,
  oneOf,
  recordOf,
  text,
} from '../given/check-given.ts';

/**
 * What becomes of a connection in place of a proper response:
 * - `hang`: the request is read and never answered;
 * - `silence`: the headers of a response are sent, and nothing more: a deadline that ends with the headers misses it;
 * - `drip`: the body comes one byte at a time;
 * - `truncate`: half of the body is sent, then the connection ends;
 * - `drop`: the connection is closed before any answer;
 * - `reset`: the same by a TCP reset.
 */
export type ConnectionFault = 'hang' | 'silence' | 'drip' | 'truncate' | 'drop' | 'reset';

/** What a server would have answered, for faults that distort it. */
export interface ProperResponse {
  /** Its HTTP status. Default 200. */
  readonly status?: number;
  /** Its headers. Default `Content-Type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, as text. */
  readonly body: string;
  /** The body of the request, as text. */
  readonly requestBody: string;
}

/** What one of the kit's HTTP servers does to a request instead of answering it properly. */
export interface HttpFault {
  /** HTTP status. Default 200 with a text as `body`, else that of the proper response. */
  readonly status?: number;
  /** Response headers over those of the proper response, or over `Content-Type: application/json` with a status or text of one's own; with `transfer-encoding: chunked` a body that breaks off had no length. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, as text or made from the proper one. Default the proper one with its own status, none with another. */
  readonly body?: string | ((proper: ProperResponse) => string);
  /** Milliseconds until anything of this happens. Default 0. */
  readonly delayMs?: number;
  readonly connection?: ConnectionFault;
  /** Pause between two bytes of a `drip`, in milliseconds. Default 20. */
  readonly dripEveryMs?: number;
}

const connectionFaults = ['hang', 'silence', 'drip', 'truncate', 'drop', 'reset'];

const faultChecks: Checks<HttpFault> = {
  status: number({ min: 200, max: 599, isWhole: true }),
  headers: recordOf(text),
  body: either(isText, anything, callback),
  delayMs: durationMs,
  connection: oneOf(connectionFaults),
  dripEveryMs: durationMs,
};

/**
 * The fault that a test gives.
 *
 * @throws TypeError for an option that there is not, and for a fault that says nothing
 * @throws RangeError for a number out of range
 */
export function readHttpFault(fault: HttpFault): HttpFault {
  checkGiven('A fault', fault, faultChecks);
  if (Object.values(fault).every((value) => value === undefined)) {
    throw new TypeError(`A fault must have one of ${Object.keys(faultChecks).join(', ')}`);
  }
  return fault;
}

/** The response to a request beyond the end of its script. */
export const unplannedFault: HttpFault = {
  status: 500,
  headers: { 'content-type': 'text/plain' },
  body: 'unplanned request: the script of this fake has no response left',
};

export function describeHttpFault({ connection, status = 200 }: HttpFault): string {
  return connection ?? `a response with status ${status}`;
}

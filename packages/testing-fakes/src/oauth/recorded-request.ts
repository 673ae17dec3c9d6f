import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { readBody } from '../server/loopback-server.ts';
import { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts';
import { type ClaimedAuthentication, claimedAuthentication } from './presented-credentials.ts';

/** The fields whose values may be shown. Of others not even the name is: a body that is no form is one long name. */
const shownFields = new Set([
  'audience',
  'client_assertion_type',
  'client_id',
  'grant_type',
  'resource',
  'scope',
  'token_type_hint',
]);
const secretFields = new Set(['client_assertion', 'client_secret', 'token']);
const shownHeaders = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'user-agent',
]);
const redacted = '[redacted]';

type Field = readonly [name: string, value: string];

/**
 * A request as the server received it, and what became of it. Tests read all of it; printed, inspected or serialised, it shows no
 * secret and no token.
 */
export class RecordedRequest {
  readonly method: string;
  /** When it arrived, by the server's clock, in milliseconds since the epoch. */
  readonly receivedAtMs: number;
  readonly #url: string;
  readonly #headers: IncomingHttpHeaders;
  readonly #body: string;
  readonly #certificate: PresentedCertificate | undefined;
  #response: ServerResponse | undefined;
  #status: number | undefined;
  #durationMs: number | undefined;

  /** Reads the whole request. */
  static async receive(
    request: IncomingMessage,
    response: ServerResponse,
    wallNow: () => number,
  ): Promise<RecordedRequest> {
    const receivedAtMs = wallNow();
    const recorded = new RecordedRequest(request, response, receivedAtMs, await readBody(request));
    response.once('close', () => {
      recorded.#close(wallNow());
    });
    return recorded;
  }

  private constructor(
    request: IncomingMessage,
    response: ServerResponse,
    receivedAtMs: number,
    body: string,
  ) {
    this.method = request.method ?? '';
    this.receivedAtMs = receivedAtMs;
    this.#url = request.url ?? '';
    this.#headers = request.headers;
    this.#body = body;
    this.#certificate = presentedCertificate(request.socket);
    this.#response = response;
  }

  /** Path and query, as sent. */
  get url(): string {
    return this.#url;
  }

  get path(): string {
    return this.#url.replace(/\?.*/s, '');
  }

  /** The parameters of the query, in its order. */
  get query(): readonly Field[] {
    return [...new URLSearchParams(this.#url.slice(this.path.length))];
  }

  get headers(): IncomingHttpHeaders {
    return this.#headers;
  }

  /** Whether the body says that it is a form (`application/x-www-form-urlencoded`). */
  get isForm(): boolean {
    return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(this.#headers['content-type'] ?? '');
  }

  /** The body's form fields, in the order of the body; empty when it is not a form. */
  get form(): readonly Field[] {
    return this.isForm ? [...new URLSearchParams(this.#body)] : [];
  }

  /** The certificate that the sender presented, whatever signed it; `undefined` without one, and when the server did not ask. */
  get presentedCertificate(): PresentedCertificate | undefined {
    return this.#certificate;
  }

  /** How the sender says that it authenticates; `undefined` without a client, and with credentials of several methods. */
  get authentication(): ClaimedAuthentication | undefined {
    return claimedAuthentication(this);
  }

  /** The status that was answered; `undefined` while there is none, and for good when the connection ended without. */
  get status(): number | undefined {
    if (this.#response === undefined) return this.#status;
    return this.#response.headersSent ? this.#response.statusCode : undefined;
  }

  /** Milliseconds, by the server's clock, until the response was sent or the connection had ended; `undefined` until then. */
  get durationMs(): number | undefined {
    return this.#durationMs;
  }

  /** The body as it came, with all that is secret in it. */
  rawBody(): string {
    return this.#body;
  }

  /** All of it that may be shown. */
  toJSON(): Readonly<Record<string, unknown>> {
    return {
      method: this.method,
      url: this.#shownUrl,
      headers: Object.fromEntries(
        Object.entries(this.#headers).map(([name, value]) => [
          name,
          shownHeaders.has(name) ? value : redacted,
        ]),
      ),
      form: showFields(this.form),
      authentication: this.authentication,
      status: this.status,
      receivedAtMs: this.receivedAtMs,
      durationMs: this.#durationMs,
    };
  }

  /** One line for a log: when, what, by which client and method, the status and how long it took (`-`: there is none). */
  toString(): string {
    const { clientId, method } = this.authentication ?? {};
    const parts = [
      new Date(this.receivedAtMs).toISOString(),
      this.method,
      this.#shownUrl,
      clientId ?? '-',
      method ?? '-',
      this.status ?? '-',
      this.#durationMs === undefined ? '-' : `${this.#durationMs}ms`,
    ];
    // What a client sends must neither steer the terminal nor pass for another part of the line.
    return parts.map((part) => String(part).replaceAll(/[^!-~]/g, '?')).join(' ');
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }

  get #shownUrl(): string {
    const query = showFields(this.query);
    return query === '' ? this.path : `${this.path}?${query}`;
  }

  #close(nowMs: number): void {
    this.#status = this.status;
    this.#durationMs = nowMs - this.receivedAtMs;
    this.#response = undefined;
  }
}

function showFields(fields: readonly Field[]): string {
  return fields.map(showField).join('&');
}

function showField([name, value]: Field): string {
  if (shownFields.has(name)) return `${name}=${value}`;
  return secretFields.has(name) ? `${name}=${redacted}` : redacted;
}

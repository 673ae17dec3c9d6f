import type { IncomingHttpHeaders } from 'node:http';

/** A request as the server received it. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The raw body. */
  readonly body: string;
  /** The body's form fields, in the order of the body; empty when it is not a form. */
  readonly form: readonly (readonly [name: string, value: string])[];
}

/** The client that a server knows. */
export interface RegisteredClient {
  readonly clientId: string;
  /** All secrets that are good now: two while a rotation overlaps. */
  readonly secrets: readonly string[];
  /** Decides about a `client_assertion` (RFC 7523); without it every assertion is refused. */
  readonly acceptAssertion: ((assertion: string) => boolean) | undefined;
}

/** An error response of a token endpoint (RFC 6749 section 5.2). */
export interface OAuthRefusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

/** Why a token endpoint refuses `request`, or `undefined` when it is a proper client credentials request. */
export function checkTokenRequest(
  request: RecordedRequest,
  client: RegisteredClient,
): OAuthRefusal | undefined {
  if (request.method !== 'POST') return refuse(405, 'invalid_request', 'POST only');
  if (!(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) {
    return refuse(400, 'invalid_request', 'a form is expected');
  }
  const form = new Map(request.form);
  if (form.get('scope') === '') return refuse(400, 'invalid_scope', 'empty scope');
  const rejected = checkClient(form, request.headers.authorization, client);
  if (rejected !== undefined) return rejected;
  if (form.get('grant_type') !== 'client_credentials') {
    return refuse(400, 'unsupported_grant_type', 'client_credentials only');
  }
  return undefined;
}

/** RFC 6749 section 2.3: exactly one authentication method a request. */
function checkClient(
  form: ReadonlyMap<string, string>,
  authorization: string | undefined,
  client: RegisteredClient,
): OAuthRefusal | undefined {
  const assertion = form.get('client_assertion');
  const formSecret = form.get('client_secret');
  const methods = [assertion, formSecret, authorization].filter((value) => value !== undefined);
  if (methods.length !== 1) return refuse(400, 'invalid_request', `${methods.length} authentication methods`);
  const invalid = refuse(401, 'invalid_client', 'client authentication failed');
  if (assertion !== undefined) {
    const accepted =
      form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' &&
      client.acceptAssertion?.(assertion) === true;
    return accepted ? undefined : invalid;
  }
  const [id, secret] =
    authorization === undefined ? [form.get('client_id'), formSecret] : decodeBasic(authorization);
  return id === client.clientId && secret !== undefined && client.secrets.includes(secret)
    ? undefined
    : invalid;
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined by a colon. */
function decodeBasic(authorization: string): [string | undefined, string | undefined] {
  const [scheme, encoded] = authorization.split(' ');
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return [undefined, undefined];
  const [id, secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [formDecode(id), formDecode(secret)];
}

function formDecode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (new URLSearchParams(`v=${text}`).get('v') ?? undefined);
}

function refuse(status: number, error: string, description: string): OAuthRefusal {
  return { status, error, description };
}

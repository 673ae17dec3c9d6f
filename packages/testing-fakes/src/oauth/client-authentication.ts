import type { ClientRegistry, RegisteredClient } from './client-registry.ts';
import { OAuthRefusal } from './oauth-answer.ts';
import type { RecordedRequest } from './recorded-request.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Who sent the request, by exactly one authentication method (RFC 6749 section 2.3).
 *
 * @throws OAuthRefusal when that cannot be told
 */
export function authenticateClient(
  request: RecordedRequest,
  clients: ClientRegistry,
  acceptAssertion: ((assertion: string) => boolean) | undefined,
): RegisteredClient {
  if (request.method !== 'POST')
    throw new OAuthRefusal(405, 'invalid_request', 'POST only', { allow: 'POST' });
  if (!request.isForm) throw new OAuthRefusal(400, 'invalid_request', 'a form is expected');
  const form = new Map(request.form);
  const { authorization } = request.headers;
  const assertion = form.get('client_assertion');
  const formSecret = form.get('client_secret');
  const methods = [assertion, formSecret, authorization].filter((value) => value !== undefined);
  if (methods.length !== 1) {
    throw new OAuthRefusal(400, 'invalid_request', `${methods.length} authentication methods`);
  }
  if (assertion !== undefined) {
    const client = clients.get(form.get('client_id') ?? clients.first.clientId);
    const isAccepted = form.get('client_assertion_type') === assertionType && acceptAssertion?.(assertion);
    if (client !== undefined && isAccepted === true) return client;
    throw new OAuthRefusal(401, 'invalid_client', 'client authentication failed');
  }
  const [id = '', secret = ''] =
    authorization === undefined ? [form.get('client_id'), formSecret] : decodeBasic(authorization);
  const client = clients.get(id);
  if (client?.secrets.includes(secret) === true) return client;
  throw new OAuthRefusal(401, 'invalid_client', 'client authentication failed');
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined by a colon. */
function decodeBasic(authorization: string): readonly (string | undefined)[] {
  const [scheme, encoded] = authorization.split(' ');
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return [];
  return Buffer.from(encoded, 'base64').toString('utf8').split(':').map(formDecode);
}

function formDecode(text: string): string | undefined {
  return new URLSearchParams(`v=${text}`).get('v') ?? undefined;
}

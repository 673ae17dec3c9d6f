import { onTestFinished } from 'vitest';
import type { MockOAuthServerOptions } from '../../src/oauth/mock-oauth-server-options.ts';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';

/** A server of its own for the test that calls. */
export async function startServer(options?: MockOAuthServerOptions): Promise<MockOAuthServer> {
  const server = await MockOAuthServer.start(options);
  onTestFinished(() => server.stop());
  return server;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON object that came, or an empty one. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts a form, of fields or as it is. */
export async function post(
  url: string,
  form: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  });
  const isJson = response.headers.get('content-type') === 'application/json';
  const text = await response.text();
  const body = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** A token request with id and secret in the form. */
export function requestToken(
  server: MockOAuthServer,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return post(server.tokenUrl, {
    grant_type: 'client_credentials',
    client_id: server.clientId,
    client_secret: server.clientSecret,
    ...fields,
  });
}

export function basic(clientId: string, secret: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

export function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  const [, payload = ''] = String(token).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

/** What the response to a client that is not authenticated has in it. */
export function invalidClient(status: number, description: string): object {
  return { status, body: { error: 'invalid_client', error_description: description } };
}

import type { FakeResponse } from '../server/fake-http-server.ts';

/** Cache-Control as RFC 6749 section 5.1 demands. */
const jsonHeaders = { 'content-type': 'application/json', 'cache-control': 'no-store' };

export function jsonResponse(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): FakeResponse {
  return { status, headers: { ...jsonHeaders, ...headers }, body: JSON.stringify(body) };
}

/** Ends the work on a request with an error response (RFC 6749 section 5.2). */
export class OAuthRejection extends Error {
  readonly answer: FakeResponse;

  /**
   * @param error the code, such as `invalid_client`
   * @param description `error_description`, for the developer of the client; nothing secret
   */
  constructor(
    status: number,
    error: string,
    description: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
    this.answer = jsonResponse({ error, error_description: description }, status, headers);
  }
}

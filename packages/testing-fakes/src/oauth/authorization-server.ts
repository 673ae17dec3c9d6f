import type { ClientAuthenticator } from './client-authentication.ts';
import type { RegisteredClient } from './client-registry.ts';
import { discoveryDocument } from './discovery-document.ts';
import { jsonAnswer, type OAuthAnswer, OAuthRefusal } from './oauth-answer.ts';
import type { OAuthEndpoint } from './oauth-endpoint.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { checkTokenRequest } from './token-endpoint.ts';
import type { TokenDefaults, TokenIssuer } from './token-issuer.ts';

/** What an {@link AuthorizationServer} works with; looked at anew for each request. */
export interface AuthorizationServerParts {
  readonly authenticator: ClientAuthenticator;
  readonly tokens: TokenIssuer;
  readonly defaults: TokenDefaults;
}

/** Makes the answer that was decided on when the request arrived. */
type Answering = () => OAuthAnswer;

/** Answers as it should be: no faults and no network. */
export class AuthorizationServer {
  readonly #parts: AuthorizationServerParts;

  constructor(parts: AuthorizationServerParts) {
    this.#parts = parts;
  }

  /** Looks at a request as the server is now: a secret that is rotated before the answer does not count. */
  async prepare(endpoint: OAuthEndpoint, request: RecordedRequest): Promise<Answering> {
    const { tokens, defaults } = this.#parts;
    switch (endpoint) {
      case 'metadata':
        return () => jsonAnswer(discoveryDocument(defaults.issuer));
      case 'jwks':
        return () => jsonAnswer({ keys: tokens.publicJwks });
      case 'token':
        return refusing(() => this.#prepareToken(request));
    }
  }

  async #prepareToken(request: RecordedRequest): Promise<Answering> {
    const { authenticator, defaults } = this.#parts;
    const client = await authenticator.authenticate(request, defaults.issuer);
    const scope = checkTokenRequest(request, client);
    return () => this.#issueToken(client, scope);
  }

  #issueToken(client: RegisteredClient, scope: string | undefined): OAuthAnswer {
    const { tokens, defaults } = this.#parts;
    const claims = scope === undefined ? {} : { scope };
    const accessToken = tokens.mint(client, defaults, { claims });
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: client.lifetimeSeconds ?? defaults.lifetimeSeconds,
      ...claims,
    };
    return { ...jsonAnswer(body), accessToken };
  }
}

async function refusing(prepare: () => Promise<Answering>): Promise<Answering> {
  try {
    return await prepare();
  } catch (error) {
    if (!(error instanceof OAuthRefusal)) throw error;
    return () => error.answer;
  }
}

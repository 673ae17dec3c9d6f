import * as z from 'zod/mini';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';
import { describe, type HttpTransport } from './http-transport.ts';
import { describeLimits, retryAfterMs } from './retry-after.ts';
import { readTokenUrl, trimSlash } from './token-url.ts';

const metadata = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  mtls_endpoint_aliases: z.optional(z.object({ token_endpoint: z.optional(z.string()) })),
  // RFC 8414 section 2 has this default.
  token_endpoint_auth_methods_supported: z.catch(z.array(z.string()), ['client_secret_basic']),
});

/** What of an issuer's discovery document is used. */
export interface DiscoveredIssuer {
  readonly tokenUrl: URL;
  /** The endpoint for clients with certificates (RFC 8705 section 5); where there is none of its own, the same. */
  readonly mtlsTokenUrl: URL;
  /** The issuer identifier, as the document writes it. */
  readonly issuer: string;
  /** The client authentication methods that are offered. */
  readonly methods: readonly string[];
}

/** Settings of {@link discoverIssuer}. */
export interface DiscoveryOptions {
  readonly issuer: URL;
  readonly allowInsecureHttp: boolean;
  readonly wallNow: () => number;
}

/**
 * Asks the issuer where its token endpoint is: OpenID Connect Discovery's well-known form first, then that of RFC 8414.
 * The document must name the same issuer, a trailing slash apart.
 *
 * @throws TokenRequestError
 */
export async function discoverIssuer(
  transport: HttpTransport,
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<DiscoveredIssuer> {
  const [openId, oauth] = wellKnownUrls(options.issuer);
  const document =
    (await fetchDocument(transport, openId, options, signal)) ??
    (await fetchDocument(transport, oauth, options, signal));
  if (document === undefined) {
    throw discoveryError(`neither ${describe(openId)} nor ${describe(oauth)} gave a JSON document`);
  }
  const parsed = metadata.safeParse(document);
  if (!parsed.success) throw discoveryError('the document has no issuer and token_endpoint');
  const { issuer, token_endpoint: endpoint, mtls_endpoint_aliases: aliases } = parsed.data;
  if (trimSlash(issuer) !== trimSlash(options.issuer.href)) {
    throw discoveryError(`the document is of another issuer than ${options.issuer.href}`);
  }
  const read = (text: string): URL => {
    const reading = readTokenUrl(text, options.allowInsecureHttp);
    if ('url' in reading) return reading.url;
    // The reason quotes the document, which is a stranger's.
    throw discoveryError('its token_endpoint is not an https URL');
  };
  return {
    issuer,
    tokenUrl: read(endpoint),
    methods: parsed.data.token_endpoint_auth_methods_supported,
    get mtlsTokenUrl() {
      return read(aliases?.token_endpoint ?? endpoint);
    },
  };
}

/** For `https://host/realms/x`: suffixed to the path, and inserted before it (RFC 8414 section 3.1). */
function wellKnownUrls(issuer: URL): [openId: URL, oauth: URL] {
  const path = trimSlash(issuer.pathname);
  return [
    new URL(`${issuer.origin}${path}/.well-known/openid-configuration`),
    new URL(`${issuer.origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

/** The document, or `undefined` when there is none at `url`; a response that may be another tomorrow is an error. */
async function fetchDocument(
  transport: HttpTransport,
  url: URL,
  { wallNow }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const { status, headers, body, isCut } = await transport.send({ method: 'GET', url }, signal);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    throw new TokenRequestError(
      `${describe(url)} answered ${status}${describeLimits(status, headers, [])}. It is asked again after a while`,
      {
        code: status === 429 ? TokenManagerErrorCode.throttled : TokenManagerErrorCode.unavailable,
        status,
        retryAfterMs: retryAfterMs(status, headers, wallNow()),
      },
    );
  }
  return status === 200 && !isCut ? body : undefined;
}

function discoveryError(problem: string): TokenRequestError {
  return new TokenRequestError(
    `The token endpoint was not discovered: ${problem}. Check the issuer, or configure tokenUrl`,
    { code: TokenManagerErrorCode.discoveryFailed },
  );
}

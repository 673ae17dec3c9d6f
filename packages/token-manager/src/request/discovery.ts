import { sanitize } from '@worker-auth/internal/network';
import * as z from 'zod/mini';
import { TokenManagerErrorCode, TokenRequestError } from '../errors.ts';
import { describe, type HttpTransport } from './http-transport.ts';
import { describeLimits, retryAfterMs } from './retry-after.ts';
import { readTokenUrl, trimSlash } from './token-url.ts';

const names = z.catch(z.optional(z.array(z.string())), undefined);

const metadata = z.object({
  issuer: z.string(),
  token_endpoint: z.optional(z.string()),
  mtls_endpoint_aliases: z.optional(z.object({ token_endpoint: z.optional(z.string()) })),
  token_endpoint_auth_methods_supported: names,
  token_endpoint_auth_signing_alg_values_supported: names,
});

/** What of an issuer's discovery document is used. */
export interface DiscoveredIssuer {
  readonly tokenUrl: URL;
  /** The endpoint for clients with certificates (RFC 8705 section 5); where there is none of its own, the same. */
  readonly mtlsTokenUrl: URL;
  /** The issuer identifier, as the document writes it; `undefined` where nobody said which it has to be. */
  readonly issuer: string | undefined;
  /** The client authentication methods that are offered; `undefined` where the document does not say. */
  readonly methods: readonly string[] | undefined;
  /** The algorithms of assertions that are offered; `undefined` where the document does not say. */
  readonly algorithms: readonly string[] | undefined;
}

/** Settings of {@link discoverIssuer}. */
export interface DiscoveryOptions {
  /** `undefined`: the document is what was named, and its issuer is not looked at. */
  readonly issuer: URL | undefined;
  /** Where the document may be, in their order. */
  readonly urls: readonly URL[];
  readonly allowInsecureHttp: boolean;
  readonly wallNow: () => number;
}

/**
 * Reads the metadata of an issuer: at its well-known URLs, or at the URL that was named.
 *
 * The document must name the issuer whose URLs these are (RFC 8414 section 3.3), or a server could have its clients make assertions for
 * another one. The case of the host, the default port and a slash at the end make no other issuer: they name the host and path that was asked
 * (RFC 3986 section 6.2). With a URL that was named there is no issuer to compare, and none for assertions.
 *
 * @throws TokenRequestError
 */
export async function discoverIssuer(
  transport: HttpTransport,
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<DiscoveredIssuer> {
  const { issuer: expected, urls } = options;
  const document = await firstDocument(transport, options, signal);
  if (document === undefined) {
    throw discoveryError(`no JSON document came from ${urls.map(describe).join(' or ')}`);
  }
  const parsed = metadata.safeParse(document);
  if (!parsed.success) throw discoveryError('the document has no issuer');
  const { issuer, token_endpoint: endpoint, mtls_endpoint_aliases: aliases } = parsed.data;
  if (expected !== undefined && normalForm(issuer) !== trimSlash(expected.href)) {
    throw discoveryError(
      `the document is of another issuer than ${expected.href}: it names ${sanitize(issuer)}`,
      'Set issuer to that one if it is meant, or metadataUrl to the URL of the document',
    );
  }
  if (endpoint === undefined) {
    throw discoveryError(
      'the document has no token_endpoint: this issuer signs tokens for others, and none can be requested',
      'Check the issuer. Tokens that it puts into files need no client: read them with a file token source',
    );
  }
  const read = (text: string): URL => {
    const reading = readTokenUrl(text, options.allowInsecureHttp);
    if ('url' in reading) return reading.url;
    // The reason quotes the document, which is a stranger's.
    throw discoveryError('its token_endpoint is not an https URL');
  };
  return {
    issuer: expected && issuer,
    tokenUrl: read(endpoint),
    methods: parsed.data.token_endpoint_auth_methods_supported,
    algorithms: parsed.data.token_endpoint_auth_signing_alg_values_supported,
    get mtlsTokenUrl() {
      return read(aliases?.token_endpoint ?? endpoint);
    },
  };
}

/** For `https://host/realms/x`: suffixed to the path (OpenID Connect Discovery), and inserted before it (RFC 8414 section 3.1). */
export function wellKnownUrls(issuer: URL): readonly URL[] {
  const path = trimSlash(issuer.pathname);
  return [
    new URL(`${issuer.origin}${path}/.well-known/openid-configuration`),
    new URL(`${issuer.origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

/** The issuer whose document has this URL; the URL itself where it is no such URL. */
export function issuerOf(url: URL): URL {
  const path = url.pathname.replace(
    /\/\.well-known\/(?:openid-configuration$|oauth-authorization-server(?=\/|$))/,
    '',
  );
  return path === url.pathname ? url : new URL(path, url.origin);
}

async function firstDocument(
  transport: HttpTransport,
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<unknown> {
  let document: unknown;
  for (const url of options.urls) document ??= await fetchDocument(transport, url, options, signal);
  return document ?? undefined;
}

function normalForm(issuer: string): string {
  return trimSlash(URL.canParse(issuer) ? new URL(issuer).href : issuer);
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

function discoveryError(
  problem: string,
  whatToDo = 'Check the issuer, or configure tokenUrl',
): TokenRequestError {
  return new TokenRequestError(`The token endpoint was not discovered: ${problem}. ${whatToDo}`, {
    code: TokenManagerErrorCode.discoveryFailed,
  });
}

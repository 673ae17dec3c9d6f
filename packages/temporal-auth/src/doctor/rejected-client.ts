import { sanitize } from '@worker-auth/internal/network';
import { applicationKey } from '@worker-auth/secret-store';
import { dateMs, type DecodedJwt } from '../errors/jwt.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { shownUrl } from './check-configuration.ts';
import type { TokenExchange } from './token-exchange.ts';

type Claims = DecodedJwt['claims'];

/** Longer texts in a claim are cut, in characters. */
const maxTextLength = 500;

/** A claim that nests deeper is left out. */
const maxDepth = 5;

/** Claims fit to be shown: without controls, and without secrets that a server put in. */
export function shownClaims(claims: Claims, secrets: readonly string[]): Claims {
  return shown(claims, secrets, 0) as Claims;
}

/** Which of the two has white space at an end; nothing of the values is shown. Empty when neither has. */
export function whiteSpaceIn({ clientId, clientSecret = '' }: ApplicationCredentials): string {
  const named = texts(
    clientId !== clientId.trim() && 'the client id',
    clientSecret !== clientSecret.trim() && 'the client secret',
  );
  if (named.length === 0) return '';
  const newline = /[\r\n]/.test(`${clientId}${clientSecret}`) ? 'a newline or other ' : '';
  return `There is ${newline}white space around ${named.join(' and ')}. Store the value without it (printf in place of echo).`;
}

/** Whether id and secret look as if each were the other, by their form. */
export function looksSwapped({ clientId, clientSecret = '' }: ApplicationCredentials): boolean {
  const [id, secret] = [clientId, clientSecret].map((text) => text.trim()) as [string, string];
  if (secret === '') return false;
  if (isWord(secret) || isWord(id)) return !isWord(id);
  if (isRandom(id) && isRandom(secret)) return id.length > secret.length;
  return isRandom(id);
}

/** What more there is to say than the server does, and where the proof came from. Empty when that is nothing. */
export function aboutRejectedClient(
  applicationName: string,
  credentials: ApplicationCredentials | undefined,
  exchange: TokenExchange | undefined,
): string {
  if (exchange?.assertion === undefined) {
    if (credentials === undefined) return '';
    const swapped = 'The client id looks like a secret, and the secret like an id: swap them.';
    return texts(whiteSpaceIn(credentials), looksSwapped(credentials) && swapped).join(' ');
  }
  const { url, sentMs, hostAheadMs = 0, assertion } = exchange;
  const nowMs = sentMs - hostAheadMs;
  const { iss, sub, aud, exp, iat, nbf = iat } = shownClaims(assertion.claims, []);
  const [expMs = Infinity, fromMs = -Infinity] = [dateMs(exp), dateMs(nbf)];
  const { clientId, source = 'their source', clientAssertionFile } = credentials ?? {};
  const isFederated = /^(?:system:serviceaccount:|spiffe:)/.test(String(sub));
  const isEntra = url.hostname.startsWith('login.microsoftonline.');
  const named = isEntra ? 'api://AzureADTokenExchange' : url.origin;
  const isForServer = [aud].flat().some((one) => String(one).startsWith(named));
  const seconds = (ms: number): number => Math.round(ms / 1_000);
  const said = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const wrong = texts(
    expMs <= nowMs && `its exp was ${seconds(nowMs - expMs)} s ago`,
    fromMs > nowMs && `it is good only in ${seconds(fromMs - nowMs)} s`,
    !isForServer && `its aud ${said(aud)} does not name ${shownUrl(url)} or its issuer`,
    !isFederated && sub !== clientId && `its sub ${said(sub)} is not the client id`,
    `it says iss ${said(iss)}, sub ${said(sub)}, aud ${said(aud)}`,
  );
  const file = clientAssertionFile === undefined ? '' : `, file ${clientAssertionFile}`;
  const own = `ATLAN_${applicationKey(applicationName)}_client_id`;
  const azure = ` The pod has an identity of Azure, perhaps of another application: ${own} and the rest win over it.`;
  return `The assertion for the credentials from ${source}${file}: ${wrong.join('; ')}.${source.includes('AZURE_') ? azure : ''}`;
}

function texts(...all: readonly (string | false)[]): string[] {
  return all.filter((text) => text !== false && text !== '') as string[];
}

/** As people name clients: `orders-worker`. */
function isWord(text: string): boolean {
  return /^[a-z]+(?:[-_.][a-z]+)*$/.test(text);
}

/** As programs make secrets, and some ids; a UUID is an id. */
function isRandom(text: string): boolean {
  const isUuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
  return !isUuid && text.length >= 20 && /\d/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text);
}

function shown(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return sanitize(value, { secrets, maxLength: maxTextLength });
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return '…';
  if (Array.isArray(value)) return value.map((one) => shown(one, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [sanitize(name, { secrets }), shown(one, secrets, depth + 1)]),
  );
}

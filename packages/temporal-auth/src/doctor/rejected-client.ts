import { sanitize } from '@worker-auth/inlined/network';
import { applicationKey } from '@worker-auth/secret-store';
import { dateMs } from '../errors/jwt.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { shownUrl } from './check-configuration.ts';
import type { TokenExchange } from './token-exchange.ts';

/** Longer texts in a claim are cut, in characters. */
const maxTextLength = 500;

/** A claim that nests deeper is left out. */
const maxDepth = 5;

/** What is known of a client that the server rejected. */
export interface RejectedClient {
  readonly applicationName: string;
  readonly credentials: ApplicationCredentials | undefined;
  readonly exchange: TokenExchange | undefined;
}

type Texts = readonly [text: string, isSo: boolean][];

/** Claims fit to be shown: without controls, and without secrets that a server put in. */
export function shownClaims(
  claims: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Readonly<Record<string, unknown>> {
  return shown(claims, secrets, 0) as Readonly<Record<string, unknown>>;
}

/** Which of the two has white space at an end; nothing of the values is shown. Empty when neither has. */
export function whiteSpaceIn({ clientId, clientSecret = '' }: ApplicationCredentials): string {
  const found: Texts = [
    ['the client id', clientId !== clientId.trim()],
    ['the client secret', clientSecret !== clientSecret.trim()],
  ];
  const named = textsOf(found);
  if (named.length === 0) return '';
  const newline = /[\r\n]/.test(`${clientId}${clientSecret}`) ? 'a newline or other ' : '';
  return `There is ${newline}white space around ${named.join(' and ')}. Store the value without it (printf in place of echo).`;
}

/** Whether id and secret look as if each were the other, by their form. */
export function looksSwapped({ clientId, clientSecret = '' }: ApplicationCredentials): boolean {
  const [id, secret] = [clientId, clientSecret].map((text) => text.trim()) as [string, string];
  if (isWord(secret) || isWord(id)) return !isWord(id);
  if (isRandom(id) && isRandom(secret)) return id.length > secret.length;
  return isRandom(id);
}

/** What more there is to say than the server does, and where the proof came from. Empty when that is nothing. */
export function aboutRejectedClient({ applicationName, credentials, exchange }: RejectedClient): string {
  if (exchange?.assertion === undefined) {
    if (credentials === undefined) return '';
    const swapped: Texts = [
      ['The client id looks like a secret, and the secret like an id: swap them.', looksSwapped(credentials)],
    ];
    return [whiteSpaceIn(credentials), ...textsOf(swapped)].filter(Boolean).join(' ');
  }
  const { url, sentMs, hostAheadMs = 0, assertion } = exchange;
  const nowMs = sentMs - hostAheadMs;
  const claims = shownClaims(assertion.claims, []);
  const { iss, sub, aud } = claims;
  const [expMs = Infinity, fromMs = -Infinity] = [
    dateMs(claims['exp']),
    dateMs(claims['nbf'] ?? claims['iat']),
  ];
  const { clientId, source = 'their source', clientAssertionFile } = credentials ?? {};
  const isFederated = /^(?:system:serviceaccount:|spiffe:)/.test(String(sub));
  const isEntra = url.hostname.startsWith('login.microsoftonline.');
  const names = isEntra ? 'api://AzureADTokenExchange' : url.origin;
  const seconds = (ms: number): number => Math.round(ms / 1_000);
  const wrong: Texts = [
    [`its exp was ${seconds(nowMs - expMs)} s ago`, expMs <= nowMs],
    [`it is good only in ${seconds(fromMs - nowMs)} s`, fromMs > nowMs],
    [
      `its aud ${JSON.stringify(aud)} does not name ${shownUrl(url)} or its issuer`,
      ![aud].flat().some((one) => String(one).startsWith(names)),
    ],
    [`its sub ${JSON.stringify(sub)} is not the client id`, !isFederated && sub !== clientId],
  ];
  const file = clientAssertionFile === undefined ? '' : `, file ${clientAssertionFile}`;
  const key = applicationKey(applicationName);
  const azure: Texts = [
    [
      ` The pod has an identity of Azure, perhaps of another application: ATLAN_${key}_client_id and the rest win over it.`,
      source.includes('AZURE_'),
    ],
  ];
  const says = `it says iss ${JSON.stringify(iss)}, sub ${JSON.stringify(sub)}, aud ${JSON.stringify(aud)}`;
  return `The assertion for the credentials from ${source}${file}: ${[...textsOf(wrong), says].join('; ')}.${textsOf(azure).join('')}`;
}

function textsOf(texts: Texts): string[] {
  return texts.flatMap(([text, isSo]) => (isSo ? [text] : []));
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

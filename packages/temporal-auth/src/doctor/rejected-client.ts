import { dateMs } from '@worker-auth/internal';
import { applicationKey } from '@worker-auth/secret-store';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { shownUrl } from './check-configuration.ts';
import type { DiagnosisContext, TokenExchange } from './diagnosis-context.ts';
import { ProblemFound, problemOf } from './problem.ts';
import { suspectIn, swappedIn } from './shape.ts';
import { clientCodes, shownClaims } from './token-exchange.ts';

/**
 * A client that was rejected, by what is wrong with its credentials, where that shows; any other error as it is.
 *
 * @param works how the client authenticates with success, in place of what was tried first
 */
export function aboutRejection(
  error: unknown,
  { applicationName, credentials, exchange }: Partial<DiagnosisContext>,
  works?: string,
): unknown {
  if (!(error instanceof TemporalAuthError) || !clientCodes.includes(error.code)) return error;
  const { code, cause, remedy } = problemOf(error);
  const fail = (text = `\n${remedy}`, evidence: readonly string[] = []): ProblemFound =>
    new ProblemFound(code, text.replace('\n', ` ${cause}\n`).trim(), evidence);
  const { assertion, method } = exchange ?? {};
  if (exchange !== undefined && assertion !== undefined && method === undefined)
    return fail(...aboutAssertion(applicationName, credentials, exchange));
  if (works === undefined) return fail(credentials && (suspectIn(credentials) ?? swappedIn(credentials)));
  const set = `Set WORKER_AUTH_AUTH_METHOD=${works}, or method of clientSecret().`;
  return fail(`The client secret was sent by ${String(method)}, and ${works} works.\n${set}`);
}

/** What is wrong with an assertion that was rejected, on a second line what to do, and what it says. */
function aboutAssertion(
  applicationName = '<app_name>',
  { clientId, source = 'their source', clientAssertionFile }: Partial<ApplicationCredentials> = {},
  { url, sentMs, hostAheadMs = 0, assertion }: TokenExchange,
): [text: string, evidence: readonly string[]] {
  const { iss, sub, aud, exp, iat, nbf = iat } = shownClaims(assertion?.claims ?? {}, []);
  const endedMs = sentMs - hostAheadMs - (dateMs(exp) ?? Infinity);
  const earlyMs = (dateMs(nbf) ?? -Infinity) - (sentMs - hostAheadMs);
  const isFederated = /^(?:system:serviceaccount:|spiffe:)/.test(String(sub));
  const isEntra = url.hostname.startsWith('login.microsoftonline.');
  const named = isEntra ? 'api://AzureADTokenExchange' : url.origin;
  const isNamed = [aud].flat().some((audience) => String(audience).startsWith(named));
  const inSeconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
  const said = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const text = (): string => {
    if (endedMs >= 0) return `The assertion ended (exp) ${inSeconds(endedMs)} ago.\nHave its file refreshed.`;
    if (earlyMs > 0)
      return `The assertion is good only in ${inSeconds(earlyMs)}.\nCheck the clock of the server that signs it, and this host's.`;
    if (!isNamed)
      return `The assertion is for aud ${said(aud)}, and not for ${shownUrl(url)} or its issuer.\nHave it issued for the audience ${named}.`;
    if (source.includes('AZURE_'))
      return `The assertion is that of the pod's Azure identity, perhaps of another application.\nSet ATLAN_${applicationKey(applicationName)}_client_id and the rest, which win over it.`;
    if (!isFederated && sub !== clientId)
      return `The assertion has sub ${said(sub)}, which is not the client id.\nHave it issued for the client id, or correct the client id.`;
    return '\nCheck that the server trusts its issuer, subject and audience.';
  };
  const file = clientAssertionFile === undefined ? '' : `, file ${clientAssertionFile}`;
  return [
    text(),
    [`assertion from ${source}${file}`, `iss ${said(iss)}, sub ${said(sub)}, aud ${said(aud)}`],
  ];
}

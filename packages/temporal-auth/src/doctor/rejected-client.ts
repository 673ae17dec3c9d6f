import { dateMs } from '@worker-auth/internal';
import { applicationKey } from '@worker-auth/secret-store';
import { TemporalAuthError } from '../errors/temporal-auth-error.ts';
import type { ApplicationCredentials } from '../settings/server.ts';
import { shownUrl } from './check-configuration.ts';
import type { DiagnosisContext, TokenExchange } from './diagnosis-context.ts';
import { ProblemFound, problemOf } from './remedy.ts';
import { looksSwapped, suspectIn } from './shape.ts';
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
  if (!(error instanceof TemporalAuthError) || !clientCodes.has(error.code)) return error;
  const { code, cause, remedy } = problemOf(error);
  const isAssertion = exchange?.assertion !== undefined && exchange.method === undefined;
  const found: { cause: string; remedy: string; evidence?: string[] } | undefined = isAssertion
    ? aboutAssertion(applicationName, credentials, exchange)
    : works !== undefined
      ? {
          cause: `The client secret was sent by ${String(exchange?.method)}, and ${works} works.`,
          remedy: `Set WORKER_AUTH_AUTH_METHOD=${works}, or method of clientSecret().`,
        }
      : credentials && (suspectIn(credentials) ?? (looksSwapped(credentials) ? swapped : undefined));
  const all = found?.cause === '' ? cause : [found?.cause, cause].filter(Boolean).join(' ');
  return new ProblemFound(code, all, found?.remedy ?? remedy, found?.evidence);
}

const swapped = {
  cause: 'The client id looks like a secret, and the secret like an id.',
  remedy: 'Swap them.',
};

/** What is wrong with an assertion that was rejected, and what it says. */
function aboutAssertion(
  applicationName: string | undefined,
  credentials: ApplicationCredentials | undefined,
  { url, sentMs, hostAheadMs = 0, assertion }: TokenExchange,
) {
  const nowMs = sentMs - hostAheadMs;
  const { iss, sub, aud, exp, iat, nbf = iat } = shownClaims(assertion?.claims ?? {}, []);
  const [expMs = Infinity, fromMs = -Infinity] = [dateMs(exp), dateMs(nbf)];
  const { clientId, source = 'their source', clientAssertionFile } = credentials ?? {};
  const isFederated = /^(?:system:serviceaccount:|spiffe:)/.test(String(sub));
  const isEntra = url.hostname.startsWith('login.microsoftonline.');
  const named = isEntra ? 'api://AzureADTokenExchange' : url.origin;
  const isForServer = [aud].flat().some((one) => String(one).startsWith(named));
  const seconds = (ms: number): number => Math.round(ms / 1_000);
  const said = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const own = `ATLAN_${applicationKey(applicationName ?? '<app_name>')}_client_id`;
  const clocks = "Check the clock of whoever signs it, and this host's.";
  const [[cause, remedy] = ['', 'Check that the server trusts its issuer, subject and audience.']] = [
    expMs <= nowMs && [
      `The assertion ended (exp) ${seconds(nowMs - expMs)} s ago.`,
      'Have its file refreshed.',
    ],
    fromMs > nowMs && [`The assertion is good only in ${seconds(fromMs - nowMs)} s.`, clocks],
    !isForServer && [
      `The assertion is for aud ${said(aud)}, and not for ${shownUrl(url)} or its issuer.`,
      `Have it issued for the audience ${named}.`,
    ],
    source.includes('AZURE_') && [
      `The assertion is that of the pod's Azure identity, perhaps of another application.`,
      `Set ${own} and the rest, which win over it.`,
    ],
    !isFederated &&
      sub !== clientId && [
        `The assertion has sub ${said(sub)}, which is not the client id.`,
        'Have it issued for the client id, or correct the client id.',
      ],
  ].filter((one): one is [string, string] => one !== false);
  const file = clientAssertionFile === undefined ? '' : `, file ${clientAssertionFile}`;
  const evidence = [
    `assertion from ${source}${file}`,
    `iss ${said(iss)}, sub ${said(sub)}, aud ${said(aud)}`,
  ];
  return { cause, remedy, evidence };
}

import type { X509Certificate } from 'node:crypto';
import type * as tls from 'node:tls';
import type { Found } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { ProblemFound } from './remedy.ts';

const dayMs = 86_400_000;

/** A certificate that ends sooner is warned of: whoever renews it by hand needs the time. */
const warnedDays = 14;

/** No chain in use is longer; one may be a circle. */
const maxLength = 10;

const { certificateUntrusted, certificateExpired, certificateOfOtherName, certificateExpiring } = DoctorCode;

/**
 * Judges the certificates that a server showed: which of them has ended, is missing, or is for another name.
 *
 * @param host the name that the certificate must have
 */
export function judgeCertificates(
  socket: tls.TLSSocket,
  to: string,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Found {
  const chain = chainOf(socket);
  const [leaf] = chain;
  const last = chain.at(-1);
  const evidence = chain.map(lineOf);
  const which = (one: X509Certificate): string =>
    one === leaf ? `The certificate of ${to}` : `${nameOf(one)}, in the chain of ${to},`;
  const fail = (code: DoctorCode, cause: string, remedy: string): never => {
    throw new ProblemFound(code, cause, remedy, evidence);
  };
  const over = chain.find((one) => nowMs > endOf(one) && (one === leaf || !socket.authorized));
  if (over !== undefined)
    fail(
      certificateExpired,
      `${which(over)} ended on ${day(endOf(over))}.`,
      over === leaf
        ? "Have it renewed, and check this host's clock."
        : 'Have the server send the renewed intermediate certificate: its own certificate is good.',
    );
  if (!socket.authorized) {
    const reason = String(socket.authorizationError);
    const early = chain.find((one) => nowMs < Date.parse(one.validFrom));
    if (early !== undefined)
      fail(
        certificateExpired,
        `${which(early)} begins on ${day(Date.parse(early.validFrom))}.`,
        "Check this host's clock, and have the certificate issued again if that is right.",
      );
    if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
      fail(
        certificateOfOtherName,
        `The certificate of ${to} is for ${leaf?.subjectAltName ?? nameOf(leaf)}, and not for ${host}.`,
        'Connect by a name that it has, or have it issued for this one.',
      );
    if (last?.subject === last?.issuer)
      fail(
        certificateUntrusted,
        `The certificate of ${to} is signed by ${nameOf(last)}, which is not trusted here (${reason}).`,
        'Set ca or NODE_EXTRA_CA_CERTS to the certificate of that authority.',
      );
    fail(
      certificateUntrusted,
      `${to} does not send the certificate ${oneLine(last?.issuer)}, which signed ${nameOf(last)}, and it is not trusted here (${reason}).`,
      'Have the server send its whole chain. If that is the root of an own authority, set ca or NODE_EXTRA_CA_CERTS to it.',
    );
  }
  const ends = Math.min(...chain.map(endOf));
  const days = Math.floor((ends - nowMs) / dayMs);
  const found = {
    description: `TLS with ${to}: ${socket.getProtocol() ?? 'TLS'}, its certificate ends on ${day(ends)}, in ${days} days`,
    details: { certificateDaysLeft: days },
    evidence,
  };
  const first = chain.find((one) => endOf(one) === ends) ?? leaf;
  if (days >= warnedDays || first === undefined) return found;
  const cause = `${which(first)} ends on ${day(ends)}, in ${days} days.`;
  return { ...found, code: certificateExpiring, cause, remedy: 'Have it renewed before.' };
}

/** What the server sent, and what is trusted here of its issuers. */
function chainOf(socket: tls.TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < maxLength) {
    if (next.fingerprint256 === chain.at(-1)?.fingerprint256) break;
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function lineOf(certificate: X509Certificate): string {
  const names = certificate.subjectAltName === undefined ? '' : `, names ${certificate.subjectAltName}`;
  return `${nameOf(certificate)}, issued by ${oneLine(certificate.issuer)}${names}, ends ${day(endOf(certificate))}`;
}

function nameOf(certificate: X509Certificate | undefined): string {
  return oneLine(certificate?.subject);
}

function oneLine(name = 'nobody'): string {
  return name.split('\n').join(', ');
}

function endOf({ validTo }: X509Certificate): number {
  return Date.parse(validTo);
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

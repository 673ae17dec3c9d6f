import type { X509Certificate } from 'node:crypto';
import type * as tls from 'node:tls';
import type { Found } from './diagnosis-context.ts';
import type { DoctorCode } from './doctor-code.ts';
import { ProblemFound, warned } from './problem.ts';

const dayMs = 86_400_000;

/** A certificate that ends sooner is warned of: somebody who renews it by hand needs the time. */
const warnedDays = 14;

/** No chain in use is longer; one may be a circle. */
const maxLength = 10;

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
  const evidence = chain.map((certificate) => {
    const { subjectAltName, issuer } = certificate;
    const names = subjectAltName === undefined ? '' : `, names ${subjectAltName}`;
    return `${nameOf(certificate)}, issued by ${oneLine(issuer)}${names}, ends ${day(endOf(certificate))}`;
  });
  const which = (certificate: X509Certificate): string =>
    certificate === leaf ? `The certificate of ${to}` : `${nameOf(certificate)}, in the chain of ${to},`;
  const fail = (code: DoctorCode, cause: string, remedy: string): ProblemFound =>
    new ProblemFound(code, cause, remedy, evidence);
  const { authorized, authorizationError } = socket;
  const ended = chain.find(
    (certificate) => nowMs > endOf(certificate) && (certificate === leaf || !authorized),
  );
  if (ended !== undefined) {
    throw fail(
      'DOCTOR_CERTIFICATE_EXPIRED',
      `${which(ended)} ended on ${day(endOf(ended))}.`,
      ended === leaf
        ? "Have it renewed, and check this host's clock."
        : 'Have the server send the renewed intermediate certificate: its own certificate is good.',
    );
  }
  const early = chain.find(({ validFrom }) => nowMs < Date.parse(validFrom));
  if (!authorized && early !== undefined) {
    throw fail(
      'DOCTOR_CERTIFICATE_EXPIRED',
      `${which(early)} begins on ${day(Date.parse(early.validFrom))}.`,
      "Check this host's clock, and have the certificate issued again if that is right.",
    );
  }
  const reason = String(authorizationError);
  if (!authorized && reason === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    throw fail(
      'DOCTOR_CERTIFICATE_OF_OTHER_NAME',
      `The certificate of ${to} is for ${leaf?.subjectAltName ?? nameOf(leaf)}, and not for ${host}.`,
      'Connect by a name that it has, or have it issued for this one.',
    );
  }
  if (!authorized && last?.subject === last?.issuer) {
    throw fail(
      'DOCTOR_CERTIFICATE_UNTRUSTED',
      `The certificate of ${to} is signed by ${nameOf(last)}, which is not trusted here (${reason}).`,
      'Set ca or NODE_EXTRA_CA_CERTS to the certificate of that authority.',
    );
  }
  if (!authorized) {
    const missing = `the certificate ${oneLine(last?.issuer)}, which signed ${nameOf(last)}`;
    const ofRoot = 'If that is the root of an own authority, set ca or NODE_EXTRA_CA_CERTS to it.';
    throw fail(
      'DOCTOR_CERTIFICATE_UNTRUSTED',
      `${to} does not send ${missing}, and it is not trusted here (${reason}).`,
      `Have the server send its whole chain. ${ofRoot}`,
    );
  }
  const ends = Math.min(...chain.map(endOf));
  const days = Math.floor((ends - nowMs) / dayMs);
  const description = `${socket.getProtocol() ?? 'TLS'}, its certificate ends on ${day(ends)}, in ${days} days`;
  const first = chain.find((certificate) => endOf(certificate) === ends);
  if (days >= warnedDays || first === undefined) return { description, evidence };
  const cause = `${which(first)} ends on ${day(ends)}, in ${days} days.`;
  return warned(description, 'DOCTOR_CERTIFICATE_EXPIRING', cause, 'Have it renewed before.', evidence);
}

/** What the server sent, and what is trusted here of its issuers. */
function chainOf(socket: tls.TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (
    next !== undefined &&
    chain.length < maxLength &&
    next.fingerprint256 !== chain.at(-1)?.fingerprint256
  ) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
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

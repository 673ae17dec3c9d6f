import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { tlsName } from '../settings/host.ts';
import { type DiagnosisContext, type Found, ProblemFound } from './diagnosis-context.ts';
import { DoctorCode } from './doctor-code.ts';
import { failed, open, opened, type Place, shownPlace } from './reach.ts';

const dayMs = 86_400_000;

/** A certificate that ends sooner is warned of: whoever renews it by hand needs the time. */
const warnedDays = 14;

/** A TLS handshake with what the client trusts and shows, and the certificate that is presented in it. */
export async function checkCertificate(
  context: DiagnosisContext,
  place: Place,
  settings: ConnectionOptions,
): Promise<Found> {
  const to = shownPlace(place);
  const way = await open(context, place);
  // Looked at here: why it is not trusted is what has to be told.
  const socket = connect({ ...tlsName(place.host), socket: way, rejectUnauthorized: false, ...settings });
  try {
    await context.inTime(`TLS handshake with ${to}`, () => opened(socket, 'secureConnect'));
    return judgeCertificate(socket, place, context.clock.wallNow());
  } catch (error) {
    return failed(
      DoctorCode.handshakeFailed,
      (code) =>
        `No TLS with ${to} (${code}). Check whether it speaks TLS, and whether it asks for a client certificate.`,
    )(error);
  } finally {
    socket.destroy();
    way.destroy();
  }
}

/**
 * What is to be said of the certificate of the other end.
 *
 * @throws ProblemFound when it is not good
 */
export function judgeCertificate(
  socket: Pick<TLSSocket, 'getPeerCertificate' | 'authorized' | 'authorizationError' | 'getProtocol'>,
  place: Place,
  nowMs: number,
): Found {
  const certificate = socket.getPeerCertificate();
  const endsMs = Date.parse(certificate.valid_to);
  const ends = Number.isNaN(endsMs)
    ? 'at an unknown time'
    : `on ${new Date(endsMs).toISOString().slice(0, 10)}`;
  if (nowMs > endsMs)
    throw new ProblemFound(
      DoctorCode.certificateExpired,
      `The certificate of ${shownPlace(place)} ended ${ends}. Have it renewed, and check this host's clock.`,
    );
  if (!socket.authorized) throw distrust(String(socket.authorizationError), place);
  const days = Math.floor((endsMs - nowMs) / dayMs);
  const description = `TLS with ${shownPlace(place)}: ${socket.getProtocol() ?? 'TLS'}, its certificate ends ${ends}, in ${days} days`;
  const error = `The certificate ends ${ends}, in ${days} days. Have it renewed before.`;
  const isWarned = days < warnedDays;
  const details = { certificateDaysLeft: days };
  return { description, details, ...(isWarned && { code: DoctorCode.certificateExpiring, error }) };
}

/** @param reason a code of OpenSSL's, or of Node's */
function distrust(reason: string, place: Place): ProblemFound {
  const { certificateUntrusted, certificateExpired, certificateOfOtherName } = DoctorCode;
  const untrusted = 'signed by an authority that is not trusted here';
  let said = [certificateUntrusted, untrusted, 'Set ca or NODE_EXTRA_CA_CERTS.'] as readonly string[];
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
    said = [certificateOfOtherName, 'for another name', 'Use one that it has, or have it issued anew.'];
  if (reason === 'CERT_HAS_EXPIRED' || reason === 'CERT_NOT_YET_VALID')
    said = [certificateExpired, 'not good now', "Have it renewed, and check this host's clock."];
  const [code = '', what, advice] = said;
  return new ProblemFound(code, `The certificate of ${shownPlace(place)} is ${what} (${reason}). ${advice}`);
}

interface ConnectionTrouble {
  /** What grpc-js and Temporal's Core (tonic, hyper, rustls) say of it. */
  readonly said: RegExp;
  readonly what: string;
  readonly advice: string;
  /** `tls`: no repetition helps. `silent`: the server may be starting, or expect TLS. */
  readonly kind?: 'tls' | 'silent';
}

const checkPlace = 'check TEMPORAL_ADDRESS';

/** For a Temporal alone that speaks plaintext: the token can be read on its way then. */
export const withoutTlsAdvice =
  'Check TEMPORAL_ADDRESS. Only if you know that this Temporal has no TLS, set TEMPORAL_TLS=false, or tls: false.';

export const checkServer = 'Check TEMPORAL_ADDRESS, and that the server is up.';

/** The first that fits counts. What each of the two says is listed, word for word, in the spec. */
const troubles: readonly ConnectionTrouble[] = [
  {
    // Only its proxy's failures reach grpc-js without a reason.
    said: /CONNECT call failed|client error \(Connect\)|Last error: undefined/,
    what: 'the proxy cannot be reached, or opens no tunnel',
    advice:
      'Check HTTPS_PROXY (or proxy) and the credentials in it, and whether the proxy lets this host and port through.',
  },
  {
    said: /wrong version number|InvalidContentType/,
    what: 'TLS is on here, and what listens there speaks plaintext',
    advice: withoutTlsAdvice,
    kind: 'tls',
  },
  {
    said: /unable to verify the first certificate|unable to get (?:local )?issuer|self-signed certificate|UnknownIssuer|CaUsedAsEndEntity/,
    what: "the server's certificate is signed by an authority that is not trusted here, or its chain is not whole",
    advice:
      "Give the authority's certificate: ca, NODE_EXTRA_CA_CERTS, or tls: { serverRootCACertificate }. Where it is trusted, have the server send its intermediate certificates.",
    kind: 'tls',
  },
  {
    said: /does not match certificate's altnames|NotValidForName/,
    what: "the server's certificate is for another name",
    advice:
      'Set the host of TEMPORAL_ADDRESS to a name that the certificate has, or tls: { serverNameOverride } to it, or have the certificate issued again.',
    kind: 'tls',
  },
  {
    said: /certificate has expired|InvalidCertificate\(Expired/,
    what: "the server's certificate has expired",
    advice: "Have it renewed, and check this host's clock.",
    kind: 'tls',
  },
  {
    said: /alert unknown ca|UnknownC[Aa]\b/,
    what: 'the server does not trust the authority of the client certificate',
    advice: 'Have that authority trusted there, or give a certificate of one that is.',
    kind: 'tls',
  },
  {
    said: /SSL alert number|fatal alert|AlertReceived/,
    what: 'the server ended the TLS handshake',
    advice: `Check whether it asks for a client certificate, tls: { certFile, keyFile }, and speaks HTTP/2; ${checkPlace}.`,
    kind: 'tls',
  },
  {
    said: /ECONNREFUSED|ConnectionRefused/,
    what: 'nothing listens there, or it refuses connections',
    advice: checkServer,
  },
  {
    said: /Name resolution failed|dns error/,
    what: 'no address is known for its name',
    advice: 'Check TEMPORAL_ADDRESS, the proxy if there is one, and the name service.',
  },
  {
    said: /Protocol error|FRAME_SIZE_ERROR/,
    what: 'what listens there speaks no gRPC',
    advice: 'Check TEMPORAL_ADDRESS: it may be a web server, or a proxy that knows no HTTP/2.',
    kind: 'silent',
  },
  {
    said: /(?:HTTP status code|with status:) 431|metadata size exceeds/,
    what: 'something there takes no headers of this length',
    advice: 'The token is most of them: have claims taken out of it, or the limit raised.',
  },
  {
    // The first letters of a page are taken for a length.
    said: /HTTP status code 3\d\d|with status: (?:200|3\d\d)|larger than max \(\d{9,} vs/,
    what: 'a web server, such as a login page, answers in place of Temporal',
    advice: `Have what stands before Temporal let gRPC through, or ${checkPlace}.`,
  },
  {
    said: /Failed to connect|ECONNRESET|EPIPE|ENOTCONN|ConnectionReset|NotConnected|BrokenPipe|connection closed|connection was not ready|handshake eof|UnexpectedEof|disconnected before secure TLS|Connection dropped/,
    what: 'it closed the connection without an answer',
    advice: `It may be starting, or draining. If that goes on, ${checkPlace}, and whether tls is set as the server has it.`,
    kind: 'silent',
  },
];

export function connectionTrouble(text: string): ConnectionTrouble | undefined {
  return troubles.find(({ said }) => said.test(text));
}

/** What was said, with what it means and what to do, where that is known. */
export function explained(text: string): string {
  const { what, advice } = connectionTrouble(text) ?? {};
  return what === undefined ? text : `${what} (${saidOfConnection(text)}). ${advice}`;
}

/** Of what was said, the part that a reader has use for. */
export function saidOfConnection(text: string): string {
  return text
    .replace(/Stack backtrace:[^]*/, '')
    .replace(/^No connection established. Last error: undefined/, 'grpc-js logs the reason')
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')
    .replace(/\s*(?:\(\d{4}-[\dT:.-]+Z\))?\. Resolution note: ?$/, '')
    .replace(/^[\dA-F]{8,}:/, '')
    .trim();
}

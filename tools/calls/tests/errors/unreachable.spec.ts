import { describe, expect, it } from 'vitest';
import { connectionTrouble, saidOfConnection } from '../../src/errors/unreachable.ts';

const grpcJs = (said: string): string => `No connection established. Last error: ${said}. Resolution note: `;
const openSsl = (said: string, line: string): string =>
  grpcJs(
    `Error: 404DC2D54F7F0000:error:0A00010B:SSL routines:${said}:../deps/openssl/openssl/ssl/${line}:\n`,
  );
const core = (said: string): string => `tonic::transport::Error(Transport, ConnectError(${said}))`;
const hyper = (said: string): string =>
  `Failed to call GetSystemInfo: code: 'Unknown error', message: "transport error", source: tonic::transport::Error(Transport, hyper::Error(${said}))`;
const rustls = (said: string): string => core(`Custom { kind: InvalidData, error: ${said} }`);

const html = (status: string): string =>
  `Failed to call GetSystemInfo: code: 'Internal error', message: "protocol error: received message with invalid compression flag: 60 (valid flags are 0 and 1) while receiving response with status: ${status}"`;

/** What grpc-js 1.14.7 and Core of SDK 1.24.0 said, word for word, on Node 24. */
const texts: readonly (readonly [kind: string | undefined, what: RegExp, texts: readonly string[]])[] = [
  [
    'tls',
    /what listens there speaks plaintext/,
    [
      openSsl('tls_validate_record_header:wrong version number', 'record/methods/tlsany_meth.c:77'),
      rustls('InvalidMessage(InvalidContentType)'),
    ],
  ],
  [
    'tls',
    /authority that is not trusted/,
    [
      grpcJs(
        'Error: unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      ),
      grpcJs(
        'Error: self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      ),
      rustls('InvalidCertificate(UnknownIssuer)'),
      rustls('InvalidCertificate(Other(OtherError(CaUsedAsEndEntity)))'),
    ],
  ],
  [
    'tls',
    /for another name/,
    [
      grpcJs(
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: temporal.example. is not in the cert's altnames: DNS:localhost, IP Address:127.0.0.1",
      ),
      rustls(
        String.raw`InvalidCertificate(NotValidForNameContext { expected: DnsName("temporal.example"), presented: ["DnsName(\"localhost\")"] })`,
      ),
    ],
  ],
  ['tls', /has expired/, [grpcJs('Error: certificate has expired'), rustls('InvalidCertificate(Expired)')]],
  [
    'tls',
    /does not trust the authority of the client certificate/,
    [
      grpcJs(
        '40ADC1931C7F0000:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number 48\n (2026-11-25T14:10:56.142Z)',
      ),
      hyper('Io, Custom { kind: InvalidData, error: "received fatal alert: UnknownCA" }'),
    ],
  ],
  [
    'tls',
    /ended the TLS handshake/,
    [
      grpcJs(
        '40ADC1931C7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number 116\n (2026-11-25T14:10:56.142Z)',
      ),
      hyper('Io, Custom { kind: InvalidData, error: "received fatal alert: CertificateRequired" }'),
      rustls('AlertReceived(NoApplicationProtocol)'),
    ],
  ],
  [
    undefined,
    /nothing listens there/,
    [
      grpcJs('Error: connect ECONNREFUSED 127.0.0.1:9'),
      core(
        'ConnectError("tcp connect error", 127.0.0.1:9, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })',
      ),
    ],
  ],
  [
    undefined,
    /the proxy cannot be reached, or opens no tunnel/,
    [
      grpcJs('undefined'),
      core('CONNECT call failed with status: 407 Proxy Authentication Required\n\nStack backtrace:\n   0: x'),
      core(
        'client error (Connect)\n\nCaused by:\n    Connection refused (os error 111)\n\nStack backtrace:\n   0: x',
      ),
      core(
        'client error (Connect)\n\nCaused by:\n    failed to lookup address information: Name or service not known\n\nStack backtrace:\n   0: x',
      ),
    ],
  ],
  [
    undefined,
    /no address is known/,
    [
      'Name resolution failed for target dns:temporal.invalid:7233',
      core(
        'ConnectError("dns error", Custom { kind: Uncategorized, error: "failed to lookup address information: Name or service not known" })',
      ),
    ],
  ],
  [
    'silent',
    /speaks no gRPC/,
    [
      grpcJs('Protocol error (2026-11-25T14:08:12.022Z)'),
      hyper('Http2, Error { kind: GoAway(b"", FRAME_SIZE_ERROR, Library) }'),
    ],
  ],
  [
    undefined,
    /takes no headers of this length/,
    [
      'Received HTTP status code 431',
      html('431 Request Header Fields Too Large'),
      'received metadata size exceeds limit',
    ],
  ],
  [
    undefined,
    /a web server, such as a login page/,
    [
      'Received HTTP status code 302',
      html('302 Found'),
      html('200 OK'),
      // The letters of a page, taken for a length.
      'Received message larger than max (1752460652 vs 4194304)',
    ],
  ],
  [
    'silent',
    /closed the connection without an answer/,
    [
      grpcJs('Failed to connect (2026-11-25T14:08:12.018Z)'),
      grpcJs('Error: connect ECONNRESET 127.0.0.1:36395'),
      grpcJs('read ECONNRESET (2026-11-25T14:08:12.033Z)'),
      grpcJs('Error: Client network socket disconnected before secure TLS connection was established'),
      'Connection dropped',
      hyper('Io, Custom { kind: BrokenPipe, error: "stream closed because of a broken pipe" }'),
      hyper('Io, Kind(ConnectionReset)'),
      hyper('Io, Kind(NotConnected)'),
      grpcJs('Error: write EPIPE (2026-11-25T14:08:12.033Z)'),
      core('Os { code: 107, kind: NotConnected, message: "Transport endpoint is not connected" }'),
      hyper('Canceled, "connection closed"'),
      hyper('Canceled, "connection was not ready"'),
      hyper(
        'Io, Custom { kind: UnexpectedEof, error: "peer closed connection without sending TLS close_notify" }',
      ),
      core('Custom { kind: UnexpectedEof, error: "tls handshake eof" }'),
      core('Os { code: 104, kind: ConnectionReset, message: "Connection reset by peer" }'),
    ],
  ],
];

describe('connectionTrouble', () => {
  for (const [kind, what, said] of texts) {
    it.each(said)(`finds ${kind}, ${what.source}, in %s`, (text) => {
      const trouble = connectionTrouble(text);
      expect(trouble?.kind).toBe(kind);
      expect(trouble?.what).toMatch(what);
      expect(trouble?.advice).toMatch(/\.$/);
    });
  }

  it.each([
    'no healthy upstream',
    'Received HTTP status code 404',
    html('503 Service Unavailable'),
    'namespace rate limit exceeded',
    'Received message larger than max (5000000 vs 4194304)',
  ])('finds none in what a server says: %s', (text) => {
    expect(connectionTrouble(text)).toBeUndefined();
  });
});

describe('saidOfConnection', () => {
  it.each([
    [grpcJs('Error: connect ECONNREFUSED 127.0.0.1:9'), 'connect ECONNREFUSED 127.0.0.1:9'],
    [grpcJs('Failed to connect (2026-11-25T14:08:12.018Z)'), 'Failed to connect'],
    [grpcJs('Error: 404DC2D54F7F0000:error:0A00010B:SSL routines:x:\n'), 'error:0A00010B:SSL routines:x:'],
    ['Failed to connect. Resolution note:', 'Failed to connect'],
    [' no healthy upstream\n', 'no healthy upstream'],
    [grpcJs('undefined'), 'grpc-js logs the reason'],
    [
      core(
        'CONNECT call failed with status: 502 Bad Gateway\n\nStack backtrace:\n   0: <anyhow::Error>::msg\n   1: x',
      ),
      'tonic::transport::Error(Transport, ConnectError(CONNECT call failed with status: 502 Bad Gateway',
    ],
  ])(
    'leaves the framework of grpc-js, and what Core adds for its own developers, away: %s',
    (text, expected) => {
      expect(saidOfConnection(text)).toBe(expected);
    },
  );

  it.each([
    'no healthy upstream',
    'upstream: No connection established. Last error: Error: reset',
    'gone. Resolution note: ask',
    'stream DEADBEEF00: reset',
  ])('leaves alone what looks like it inside a text: %s', (text) => {
    expect(saidOfConnection(text)).toBe(text);
  });
});

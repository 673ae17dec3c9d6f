import { texts } from '../given/check-given.ts';
import { encodeName } from './distinguished-name.ts';
import { alternativeNames, endExtensions } from './sign-certificate.ts';
import { createCertificateKey, keyPem, testAuthority } from './test-authority.ts';

/** A certificate, its key, and the kit's authority; all PEM. */
export interface TestCertificates {
  /** What a client must trust: `ca` of a `fetch`, a Temporal connection or `NODE_EXTRA_CA_CERTS`. */
  readonly ca: string;
  /** Of a server for `localhost`, 127.0.0.1 and ::1, and the names that were asked for; of `testClientCertificate` for a client. */
  readonly cert: string;
  readonly key: string;
}

let certificates: TestCertificates | undefined;

/**
 * The certificates of the kit's servers, made once a process. They are a test authority that nobody else has the key of, and a certificate that
 * it signed, both ECDSA P-256 and good for a year (RFC 5280).
 *
 * @param names of a server that is called by other names than those of this host: a certificate of its own
 */
export function testCertificates(names: readonly string[] = []): TestCertificates {
  texts('names', names);
  if (names.length > 0) return makeCertificates(names);
  certificates ??= makeCertificates([]);
  return certificates;
}

function makeCertificates(names: readonly string[]): TestCertificates {
  const { ca, issue } = testAuthority();
  const server = createCertificateKey();
  const localNames = alternativeNames([
    ['dns', 'localhost'],
    ['ip', '127.0.0.1'],
    ['ip', '::1'],
    ...names.map((name): ['dns', string] => ['dns', name]),
  ]);
  const cert = issue({
    name: encodeName('CN=localhost'),
    publicKey: server.publicKey,
    extensions: [...endExtensions('server'), localNames],
  });
  return { ca, cert, key: keyPem(server) };
}

import { type Check, type Checks, checkGiven, flag, text } from '../given/check-given.ts';
import { encodeName } from './distinguished-name.ts';
import {
  type AlternativeName,
  alternativeNames,
  endExtensions,
  signCertificate,
} from './sign-certificate.ts';
import { createCertificateKey, keyPem, testAuthority } from './test-authority.ts';
import type { TestCertificates } from './test-certificates.ts';

/** Whom a certificate of {@link testClientCertificate} is for. */
export interface TestClientCertificateOptions {
  /** The subject in the form of RFC 4514, such as `CN=worker,O=Example`. Default `CN=worker`. */
  readonly subjectDn?: string;
  /** An alternative name of the kind `dNSName` (RFC 5280 section 4.2.1.6). Default none, as of the other kinds. */
  readonly sanDns?: string;
  /** One of the kind `uniformResourceIdentifier`, such as a SPIFFE id. */
  readonly sanUri?: string;
  /** One of the kind `iPAddress`. */
  readonly sanIp?: string;
  /** One of the kind `rfc822Name`. */
  readonly sanEmail?: string;
  /** Signed by its own key, not by the kit's authority. Default false. */
  readonly selfSigned?: boolean;
  /** When its life begins, to the second. Default an hour ago. */
  readonly notBefore?: Date;
  /** When its life ends, to the second. Default in a year. */
  readonly notAfter?: Date;
}

const date: Check = (name, value) => {
  if (Object.prototype.toString.call(value) === '[object Date]') return;
  throw new TypeError(`${name} must be a Date`);
};

const optionChecks: Checks<TestClientCertificateOptions> = {
  subjectDn: text,
  sanDns: text,
  sanUri: text,
  sanIp: text,
  sanEmail: text,
  selfSigned: flag,
  notBefore: date,
  notAfter: date,
};

/**
 * A new client certificate with its key, and the authority that a client of the kit's servers must trust: what `https.request` and the
 * `connect` of undici's `Agent` take. ECDSA P-256, for TLS clients alone.
 *
 * @throws TypeError for an option that there is not
 * @throws RangeError for a subject or an IP address that is none
 */
export function testClientCertificate(options: TestClientCertificateOptions = {}): TestCertificates {
  checkGiven('testClientCertificate', options, optionChecks);
  const { subjectDn = 'CN=worker', selfSigned = false } = options;
  const { ca, issue } = testAuthority();
  const pair = createCertificateKey();
  const names = namesOf(options);
  const subject = {
    name: encodeName(subjectDn),
    publicKey: pair.publicKey,
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    extensions: [...endExtensions('client'), ...(names.length > 0 ? [alternativeNames(names)] : [])],
  };
  const cert = selfSigned ? signCertificate(subject, { name: subject.name, ...pair }) : issue(subject);
  return { ca, cert, key: keyPem(pair) };
}

function namesOf(options: TestClientCertificateOptions): readonly AlternativeName[] {
  const names = [
    ['dns', options.sanDns],
    ['uri', options.sanUri],
    ['ip', options.sanIp],
    ['email', options.sanEmail],
  ] as const;
  return names.flatMap(([kind, value]) => (value === undefined ? [] : [[kind, value] as const]));
}

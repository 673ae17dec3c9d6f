import { generateKeyPairSync } from 'node:crypto';
import { encodeName } from './distinguished-name.ts';
import {
  authorityExtensions,
  type CertificateIssuer,
  type CertificateSubject,
  type KeyPair,
  signCertificate,
} from './sign-certificate.ts';

/** The kit's own authority, made once a process. */
export interface TestAuthority {
  readonly ca: string;
  readonly issue: (subject: CertificateSubject) => string;
}

let authority: TestAuthority | undefined;

/** Nobody else has its key, which lives in a closure, and ends with the process. */
export function testAuthority(): TestAuthority {
  authority ??= makeAuthority();
  return authority;
}

/** A key of the kind that all certificates of the kit have. */
export function createCertificateKey(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function keyPem({ privateKey }: KeyPair): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function makeAuthority(): TestAuthority {
  const issuer: CertificateIssuer = {
    name: encodeName('CN=worker-auth test authority'),
    ...createCertificateKey(),
  };
  const { name, publicKey } = issuer;
  return {
    ca: signCertificate({ name, publicKey, extensions: authorityExtensions() }, issuer),
    issue: (subject) => signCertificate(subject, issuer),
  };
}

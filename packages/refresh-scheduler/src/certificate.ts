export { certificateLease, type CertificateLease } from './certificate/certificate-lease.ts';
export { CertificateError, CertificateErrorCode } from './certificate/certificate-error.ts';
export type { CertificateFiles } from './certificate/certificate-files.ts';
export type { ClientCertificate } from './certificate/client-certificate.ts';

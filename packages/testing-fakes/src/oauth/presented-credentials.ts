import { type CompactJws, parseJws } from './compact-jws.ts';
import type { PresentedCertificate } from './presented-certificate.ts';

/** The methods of RFC 8705 section 2. */
export type CertificateAuthMethod = 'tls_client_auth' | 'self_signed_tls_client_auth';

/**
 * How a client authenticates (RFC 7591 section 2, RFC 8705 section 2). `federated_jwt` is Keycloak's name for an assertion of another issuer (RFC 7523):
 * its `iss` and its `sub` differ.
 */
export type ClientAuthMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'federated_jwt'
  | CertificateAuthMethod;

export const clientAuthMethods: readonly ClientAuthMethod[] = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'federated_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];

/** What a request says about its sender, not yet checked. */
export type PresentedCredentials =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string | undefined;
      readonly secret: string | undefined;
    }
  | {
      readonly method: 'client_secret_jwt' | 'private_key_jwt' | 'federated_jwt';
      /** The form's, else the assertion's subject where the client signed it itself. */
      readonly clientId: string | undefined;
      readonly assertion: string;
      /** The assertion, when it is a JWT. */
      readonly jws: CompactJws | undefined;
    }
  | {
      readonly method: CertificateAuthMethod;
      readonly clientId: string;
      readonly certificate: PresentedCertificate;
    };

/** The parts of a request that credentials are in. */
export interface CredentialCarrier {
  readonly headers: { readonly authorization?: string | undefined };
  readonly form: readonly (readonly [name: string, value: string])[];
  readonly presentedCertificate: PresentedCertificate | undefined;
}

/** How a request says that its sender authenticates, and who that is. */
export interface ClaimedAuthentication {
  readonly method: ClientAuthMethod | 'none';
  readonly clientId: string | undefined;
}

/** @returns `undefined` when the request has no client at all, or credentials of several methods */
export function claimedAuthentication(request: CredentialCarrier): ClaimedAuthentication | undefined {
  const [presented, ...others] = presentedCredentials(request);
  if (others.length > 0) return undefined;
  if (presented !== undefined) return { method: presented.method, clientId: presented.clientId };
  const clientId = new Map(request.form).get('client_id');
  return clientId === undefined ? undefined : { method: 'none', clientId };
}

/** All credentials of a request: a proper one has them once. */
export function presentedCredentials({
  headers,
  form,
  presentedCertificate: certificate,
}: CredentialCarrier): readonly PresentedCredentials[] {
  const fields = new Map(form);
  const clientId = fields.get('client_id');
  const secret = fields.get('client_secret');
  const assertion = fields.get('client_assertion');
  const inRequest = [
    ...(headers.authorization === undefined ? [] : [fromBasic(headers.authorization)]),
    ...(secret === undefined ? [] : [{ method: 'client_secret_post' as const, clientId, secret }]),
    ...(assertion === undefined ? [] : [fromAssertion(assertion, clientId)]),
  ];
  // Beside other credentials a certificate authenticates nobody: tokens may be bound to it (RFC 8705 section 3).
  if (inRequest.length > 0 || certificate === undefined || clientId === undefined) return inRequest;
  return [{ method: certificateMethod(certificate), clientId, certificate }];
}

function certificateMethod({ isSelfSigned }: PresentedCertificate): CertificateAuthMethod {
  return isSelfSigned ? 'self_signed_tls_client_auth' : 'tls_client_auth';
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined by a colon. */
function fromBasic(authorization: string): PresentedCredentials {
  const encoded = /^basic +([\w+/-]+=*)$/i.exec(authorization)?.[1] ?? '';
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return { method: 'client_secret_basic', clientId: formDecode(id), secret: formDecode(secret) };
}

/** @returns `undefined` for what form encoding cannot have made */
function formDecode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function fromAssertion(assertion: string, clientId: string | undefined): PresentedCredentials {
  const jws = parseJws(assertion);
  const { iss, sub } = jws?.claims ?? {};
  if (iss !== sub) return { method: 'federated_jwt', clientId, assertion, jws };
  const isSecret = String(jws?.header['alg']).startsWith('HS');
  return {
    method: isSecret ? 'client_secret_jwt' : 'private_key_jwt',
    clientId: clientId ?? (typeof sub === 'string' ? sub : undefined),
    assertion,
    jws,
  };
}

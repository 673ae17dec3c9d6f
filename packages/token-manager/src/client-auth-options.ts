import { checkChoice, checkFunction } from '@worker-auth/internal';
import type { BasicEncoding, ClientAuth, ClientAuthMethod } from './client-auth.ts';
import { isOfFile } from './file-assertion.ts';
import type { TokenRequestOptions } from './options.ts';

const clientAuths: readonly ClientAuth[] = ['client_secret_post', 'client_secret_basic', 'tls_client_auth'];

const basicEncodings: readonly BasicEncoding[] = ['form', 'raw'];

/**
 * How the client authenticates.
 *
 * @throws TypeError for options that contradict each other or are none
 */
export function resolveClientAuth(options: TokenRequestOptions): ClientAuthMethod {
  const { clientAuth, clientAssertion, basicEncoding } = options;
  checkChoice('clientAuth', clientAuth, clientAuths);
  checkChoice('basicEncoding', basicEncoding, basicEncodings);
  if (basicEncoding !== undefined && clientAuth !== 'client_secret_basic') {
    throw new TypeError('basicEncoding needs clientAuth client_secret_basic');
  }
  if (clientAssertion !== undefined) {
    if (clientAuth !== undefined) throw new TypeError('Give clientAuth or clientAssertion, not both');
    checkFunction('clientAssertion', clientAssertion);
    const type = isOfFile(clientAssertion) ? clientAssertion.type : undefined;
    return { kind: 'client_assertion', assertion: clientAssertion, type };
  }
  const kind = clientAuth ?? 'client_secret_post';
  return kind === 'client_secret_basic' ? { kind, encoding: basicEncoding ?? 'form' } : { kind };
}

/** @throws TypeError for what is no issuer */
export function resolveAudience(audience: string | undefined): string | undefined {
  if (audience === undefined || audience === 'token-endpoint' || URL.canParse(audience)) return audience;
  throw new TypeError(
    `assertionAudience must be an issuer (an absolute URL) or token-endpoint; received ${audience}`,
  );
}

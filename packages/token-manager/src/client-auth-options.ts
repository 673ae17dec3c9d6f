import { checkApart, checkChoice, checkFunction } from '@worker-auth/internal';
import { type BasicEncoding, type ClientAuthMethod, clientAuths } from './client-auth.ts';
import { isOfFile } from './file-assertion.ts';
import type { TokenRequestOptions } from './options.ts';

const basicEncodings: readonly BasicEncoding[] = ['form', 'raw'];

/**
 * How the client authenticates; `undefined` where nothing says it.
 *
 * @throws TypeError for options that contradict each other or are none
 */
export function resolveClientAuth(options: TokenRequestOptions): ClientAuthMethod | undefined {
  const { clientAuth, clientAssertion, basicEncoding } = options;
  checkChoice('clientAuth', clientAuth, clientAuths);
  checkChoice('basicEncoding', basicEncoding, basicEncodings);
  if (basicEncoding !== undefined && clientAuth !== 'client_secret_basic') {
    throw new TypeError('basicEncoding needs clientAuth client_secret_basic');
  }
  checkApart(options, 'clientAuth', ['clientAssertion']);
  if (clientAssertion !== undefined) {
    checkFunction('clientAssertion', clientAssertion);
    const type = isOfFile(clientAssertion) ? clientAssertion.type : undefined;
    return { kind: 'client_assertion', assertion: clientAssertion, type };
  }
  if (clientAuth !== 'client_secret_basic') return clientAuth && { kind: clientAuth };
  return { kind: clientAuth, encoding: basicEncoding ?? 'form' };
}

/** @throws TypeError for what is no issuer */
export function resolveAudience(audience: string | undefined): string | undefined {
  if (audience === undefined || audience === 'token-endpoint' || URL.canParse(audience)) return audience;
  throw new TypeError(
    `assertionAudience must be an issuer (an absolute URL) or token-endpoint; received ${audience}`,
  );
}

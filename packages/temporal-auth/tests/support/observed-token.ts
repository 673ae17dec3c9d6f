import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';

/**
 * Gets a token, observed or not.
 *
 * @returns how many were issued
 */
export async function getObservedToken(isObserved: boolean): Promise<number> {
  const oauth = await MockOAuthServer.start();
  const auth = new AtlanAuthClient(authOptions(oauth));
  if (isObserved) {
    const { observe } = await import('../../src/opentelemetry.ts');
    observe(auth);
  }
  await auth.getAccessToken();
  await auth.stop();
  await oauth.stop();
  return oauth.issuedTokens.length;
}

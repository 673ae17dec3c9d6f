import { LoopbackServer } from '@worker-auth/testing-fakes';
import type { ClientAssertion } from '@worker-auth/token-manager';
import { awsWebIdentity } from '@worker-auth/token-manager/aws-web-identity';
import {
  azureManagedIdentity,
  gcpIdentity,
  githubActions,
} from '@worker-auth/token-manager/workload-identity';

/** The identity services of Google, Azure, GitHub and AWS, in the forms that they document. */
export function startPlatform(token: () => string): Promise<LoopbackServer> {
  return LoopbackServer.start(({ method, headers }, response) => {
    const assertion = token();
    const xml = `<GetWebIdentityTokenResponse><GetWebIdentityTokenResult><WebIdentityToken>${assertion}</WebIdentityToken></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`;
    const json = JSON.stringify({ access_token: assertion, value: assertion });
    const isOfGoogle = headers['metadata-flavor'] !== undefined;
    response.end(method === 'POST' ? xml : isOfGoogle ? assertion : json);
  });
}

/** Each source of assertions, with all that it takes, at the `url` of {@link startPlatform}. */
export const platforms = {
  gcpIdentity: (url, audience) => gcpIdentity({ audience, env: { GCE_METADATA_HOST: new URL(url).host } }),
  azureManagedIdentity: (url, audience) =>
    azureManagedIdentity({ audience, clientId: 'id-1', env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: url } }),
  githubActions: (url, audience) =>
    githubActions({
      ...{ audience, env: { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job' } },
    }),
  awsWebIdentity: (url, audience) => {
    // AWS's SDK reads where it is.
    Object.assign(process.env, {
      ...{ AWS_ENDPOINT_URL_STS: url, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' },
    });
    return awsWebIdentity({ audience, region: 'eu-central-1' });
  },
} as const satisfies Readonly<Record<string, (url: string, audience: string) => ClientAssertion>>;

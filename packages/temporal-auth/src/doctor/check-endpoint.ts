import { readTokenUrl, TokenManagerErrorCode } from '@worker-auth/token-manager';
import type { TokenEndpointSetting } from '../settings/auth-settings.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { portOf } from '../settings/host.ts';
import { readNetwork } from '../settings/network.ts';
import { checkCertificate } from './certificate.ts';
import { shownUrl } from './check-configuration.ts';
import { type DiagnosisContext, ProblemFound } from './diagnosis-context.ts';
import { placeOf, reach, resolve } from './reach.ts';

/** Looks at the way to the token endpoint, or to the issuer that names it. */
export async function checkEndpoint(
  context: DiagnosisContext,
  { tokenUrl, issuer }: TokenEndpointSetting = {},
  credentials: ApplicationCredentials | undefined,
): Promise<void> {
  const { options } = context;
  const set = tokenUrl ?? issuer;
  if (set === undefined && credentials === undefined) return;
  const url = await context.check('endpoint-address', () => {
    const value = addressIn(set ?? credentials?.tokenUrl, options.token?.allowInsecureHttp);
    return { value, description: `the address is ${shownUrl(value)}` };
  });
  if (url === undefined) return;
  const way = await context.check('endpoint-proxy', async () => {
    const network = options.token?.fetch === undefined ? readNetwork(options, context.env) : undefined;
    const proxy = network?.proxyFor?.(url.hostname, portOf(url));
    const place = { ...placeOf(url), proxy };
    if (proxy !== undefined) await reach(context, place);
    const by = proxy === undefined ? 'no proxy' : `the proxy ${proxy.address}, which opens the tunnel`;
    const description = `requests for tokens go by ${network === undefined ? 'the option token.fetch' : by}`;
    return { value: { network, place }, description };
  });
  if (way === undefined) return;
  const { network, place } = way;
  if (network === undefined) {
    context.skip(['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'], 'a fetch of yours sends the requests');
    return;
  }
  if (place.proxy === undefined) {
    await context.check('endpoint-dns', () => resolve(context, place));
    await context.check('endpoint-tcp', () => reach(context, place));
  } else context.skip(['endpoint-dns', 'endpoint-tcp'], 'that is for the proxy to do');
  if (url.protocol === 'http:') context.skip(['endpoint-tls'], 'it is http');
  else
    await context.check('endpoint-tls', () =>
      checkCertificate(context, place, { ca: network.certificates() }),
    );
}

/** @throws ProblemFound */
function addressIn(given: string | URL = '', allowHttp = false): URL {
  const { endpointUnknown, invalidCredentials } = TokenManagerErrorCode;
  const unset =
    'No token endpoint is known: set ATLAN_WORKFLOW_AUTH_URL, or the key atlan_auth_url in the secret.';
  if (given === '') throw new ProblemFound(endpointUnknown, unset);
  const reading = readTokenUrl(given, allowHttp);
  if ('url' in reading) return reading.url;
  throw new ProblemFound(invalidCredentials, `The key atlan_auth_url of the credentials ${reading.problem}.`);
}

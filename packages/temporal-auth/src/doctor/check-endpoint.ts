import { readTokenUrl, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { wayTo } from '../network/routed-options.ts';
import type { TokenEndpointSetting } from '../settings/auth-settings.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { portOf } from '../settings/host.ts';
import { readNetwork } from '../settings/network.ts';
import { shownUrl } from './check-configuration.ts';
import { type DiagnosisContext, ProblemFound } from './diagnosis-context.ts';
import { checkCertificate, reach, resolve } from './reach.ts';

/** Looks at the way to the token endpoint, or to the issuer that names it. */
export async function checkEndpoint(
  context: DiagnosisContext,
  { tokenUrl, issuer }: TokenEndpointSetting = {},
  credentials: ApplicationCredentials | undefined,
): Promise<void> {
  const { fetch, allowInsecureHttp } = context.options.token ?? {};
  const set = tokenUrl ?? issuer;
  if (set === undefined && credentials === undefined) return;
  const url = await context.check('endpoint-address', () => {
    const value = addressIn(set ?? credentials?.tokenUrl, allowInsecureHttp);
    return { value, description: `the address is ${shownUrl(value)}` };
  });
  if (url === undefined) return;
  const found = await context.check('endpoint-proxy', async () => {
    const by = 'requests for tokens go by';
    if (fetch !== undefined) return `${by} the option token.fetch`;
    const network = readNetwork(context.options, context.env);
    const way = wayTo(`${url.hostname}:${portOf(url)}`, network);
    const value = { way, ca: network.certificates };
    if (way.proxy === undefined) return { value, description: `${by} no proxy` };
    await reach(context, way);
    return { value, description: `${by} the proxy ${way.proxy.address}, which opens the tunnel` };
  });
  if (fetch !== undefined)
    context.skip(['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'], 'a fetch of yours sends the requests');
  if (found === undefined) return;
  const { way, ca } = found;
  if (way.proxy === undefined) {
    await context.check('endpoint-dns', () => resolve(context, way));
    await context.check('endpoint-tcp', () => reach(context, way));
  } else context.skip(['endpoint-dns', 'endpoint-tcp'], 'that is for the proxy to do');
  if (url.protocol === 'http:') context.skip(['endpoint-tls'], 'it is http');
  else await context.check('endpoint-tls', () => checkCertificate(context, way, { ca: ca() }));
}

function addressIn(given: string | URL = '', allowHttp = false): URL {
  const { endpointUnknown, invalidCredentials } = TokenManagerErrorCode;
  const unset =
    'No token endpoint is known: set ATLAN_WORKFLOW_AUTH_URL, or the key atlan_auth_url in the secret.';
  if (given === '') throw new ProblemFound(endpointUnknown, unset);
  const reading = readTokenUrl(given, allowHttp);
  if ('url' in reading) return reading.url;
  throw new ProblemFound(invalidCredentials, `The key atlan_auth_url of the credentials ${reading.problem}.`);
}

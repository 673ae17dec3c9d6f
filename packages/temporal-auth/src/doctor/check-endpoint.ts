import { readTokenUrl, TokenManagerErrorCode } from '@worker-auth/token-manager';
import type { TokenEndpointSetting } from '../settings/auth-configuration.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { type Network, readNetwork } from '../settings/network.ts';
import { checkCertificate, trustedBy } from './certificate.ts';
import { shownUrl } from './check-configuration.ts';
import { type Found, ProblemFound } from './examination.ts';
import { type Place, placeOf, reach, resolve } from './reach.ts';
import type { DiagnosisScene } from './scene.ts';

/** How requests for tokens go; `network` is `undefined` for a `fetch` of the user's. */
interface Way {
  readonly place: Place;
  readonly network: Network | undefined;
}

/** Looks at the way to the token endpoint, or to the issuer that names it. */
export async function checkEndpoint(
  scene: DiagnosisScene,
  { tokenUrl, issuer }: TokenEndpointSetting = {},
  credentials: ApplicationCredentials | undefined,
): Promise<void> {
  const { examination, options } = scene;
  const set = tokenUrl ?? issuer;
  if (set === undefined && credentials === undefined) return;
  const url = await examination.check('endpoint-address', () => {
    const value = addressIn(set ?? credentials?.tokenUrl, options.token?.allowInsecureHttp);
    return { value, description: `the address is ${shownUrl(value)}` };
  });
  if (url === undefined) return;
  const way = await examination.check('endpoint-proxy', () => wayTo(scene, url));
  if (way === undefined) return;
  const { place, network } = way;
  if (network === undefined)
    examination.skip(['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'], 'a fetch of yours sends the requests');
  else {
    if (place.proxy === undefined) {
      await examination.check('endpoint-dns', () => resolve(scene, place));
      await examination.check('endpoint-tcp', () => reach(scene, place));
    } else examination.skip(['endpoint-dns', 'endpoint-tcp'], 'that is for the proxy to do');
    if (url.protocol === 'http:') examination.skip(['endpoint-tls'], 'it is http');
    else await examination.check('endpoint-tls', () => checkCertificate(scene, place, trustedBy(network)));
  }
}

/** @throws ProblemFound for a proxy that opens no tunnel, ConfigurationError for one that makes no sense */
async function wayTo(scene: DiagnosisScene, url: URL): Promise<Found<Way>> {
  const { options, env } = scene;
  const place = placeOf(url);
  const by = 'requests for tokens go by';
  if (options.token?.fetch !== undefined)
    return { value: { place, network: undefined }, description: `${by} the option token.fetch` };
  const network = readNetwork(options, env);
  const proxy = network.proxyFor?.(url.hostname, place.port);
  const value = { place: { ...place, proxy }, network };
  if (proxy === undefined) return { value, description: `${by} no proxy` };
  await reach(scene, value.place);
  return { value, description: `${by} the proxy ${proxy.address}, which opens the tunnel` };
}

/** @throws ProblemFound */
function addressIn(given: string | URL = '', allowHttp = false): URL {
  const reading = given === '' ? undefined : readTokenUrl(given, allowHttp);
  if (reading !== undefined && 'url' in reading) return reading.url;
  const [code, error] =
    reading === undefined
      ? [
          TokenManagerErrorCode.endpointUnknown,
          'No token endpoint is set. Set ATLAN_WORKFLOW_AUTH_URL, or the key atlan_auth_url in the secret.',
        ]
      : [
          TokenManagerErrorCode.invalidCredentials,
          `The key atlan_auth_url of the credentials ${reading.problem}.`,
        ];
  throw new ProblemFound(code, error);
}

import { readTokenUrl, TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import type { TokenEndpointSetting } from '../settings/auth-configuration.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { type Network, readNetwork } from '../settings/network.ts';
import { checkCertificate, trustedBy } from './certificate.ts';
import type { Found } from './examination.ts';
import { shownUrl } from './origin.ts';
import { type Place, placeOf, reach, resolve } from './reach.ts';
import type { DiagnosisScene } from './scene.ts';

/** How requests for tokens go; `network` is `undefined` for a `fetch` of the user's. */
interface Way {
  readonly place: Place;
  readonly network: Network | undefined;
}

const onTheWay = ['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'] as const;

/** Looks at the way to the token endpoint, or to the issuer that names it. */
export async function checkEndpoint(
  scene: DiagnosisScene,
  setting: TokenEndpointSetting | undefined,
  credentials: ApplicationCredentials | undefined,
): Promise<void> {
  const { examination } = scene;
  const isNamedElsewhere = setting !== undefined && (setting.tokenUrl ?? setting.issuer) !== undefined;
  const needs = ['token-endpoint-setting', ...(isNamedElsewhere ? [] : (['credentials'] as const))] as const;
  const url = await examination.check('endpoint-address', { needs }, () =>
    addressOf(scene, setting, credentials),
  );
  if (url === undefined) {
    examination.skipAfter(['endpoint-proxy', ...onTheWay], ['endpoint-address']);
    return;
  }
  const way = await examination.check('endpoint-proxy', {}, () => wayTo(scene, url));
  if (way === undefined) {
    examination.skipAfter(onTheWay, ['endpoint-proxy']);
    return;
  }
  const { place, network } = way;
  if (network === undefined) {
    examination.skip(onTheWay, 'a fetch of yours sends the requests');
    return;
  }
  if (place.proxy === undefined) {
    await examination.check('endpoint-dns', {}, () => resolve(scene, place));
    await examination.check('endpoint-tcp', { needs: ['endpoint-dns'] }, () => reach(scene, place));
  } else examination.skip(['endpoint-dns', 'endpoint-tcp'], 'that is for the proxy to do');
  if (url.protocol === 'https:')
    await examination.check(
      'endpoint-tls',
      { needs: ['endpoint-proxy', 'endpoint-tcp'], explainedBy: ['trusted-certificates'] },
      () => checkCertificate(scene, place, trustedBy(network)),
    );
  else examination.skip(['endpoint-tls'], 'it is http');
}

/** @throws ProblemFound for a proxy that opens no tunnel, ConfigurationError for one that makes no sense */
export async function wayTo(scene: DiagnosisScene, url: URL): Promise<Found<Way>> {
  const { options, env } = scene;
  const direct = placeOf(url);
  if (options.token?.fetch !== undefined)
    return {
      value: { place: direct, network: undefined },
      description: 'requests for tokens go by the option token.fetch',
    };
  const network = readNetwork(options, env);
  const proxy = network.proxyFor?.(url.hostname, direct.port);
  const value = { place: { ...direct, proxy }, network };
  if (proxy === undefined) return { value, description: 'requests for tokens go by no proxy' };
  await reach(scene, value.place);
  return {
    value,
    description: `requests for tokens go by the proxy ${proxy.address}, which opens the tunnel`,
  };
}

function addressOf(
  { options }: DiagnosisScene,
  { tokenUrl, issuer }: TokenEndpointSetting = {},
  credentials: ApplicationCredentials | undefined,
): Found<URL> {
  const given = tokenUrl ?? issuer ?? credentials?.tokenUrl ?? '';
  if (given === '') {
    throw new TokenManagerError(
      'No token endpoint is set. Set ATLAN_WORKFLOW_AUTH_URL, or the key atlan_auth_url in the secret.',
      { code: TokenManagerErrorCode.endpointUnknown },
    );
  }
  const reading = readTokenUrl(given, options.token?.allowInsecureHttp ?? false);
  if ('url' in reading) return { value: reading.url, description: `the address is ${shownUrl(reading.url)}` };
  throw new TokenManagerError(`The key atlan_auth_url of the credentials ${reading.problem}.`, {
    code: TokenManagerErrorCode.invalidCredentials,
  });
}

import { readTokenUrl, TokenManagerError, TokenManagerErrorCode } from '@worker-auth/token-manager';
import type { TokenEndpointSetting } from '../settings/auth-settings.ts';
import type { ApplicationCredentials } from '../settings/auth-options.ts';
import { checkCertificate, trustedBy } from './certificate.ts';
import type { Found } from './examination.ts';
import { shownUrl } from './origin.ts';
import { directWayTo } from './proxy.ts';
import { placeOf, reach, resolve } from './reach.ts';
import type { DiagnosisScene } from './scene.ts';

const onTheWay = ['endpoint-dns', 'endpoint-tcp', 'endpoint-tls'] as const;

/** Looks at the way to the token endpoint, or to the issuer that names it. */
export async function checkEndpoint(
  scene: DiagnosisScene,
  setting: TokenEndpointSetting | undefined,
  credentials: ApplicationCredentials | undefined,
): Promise<void> {
  const { examination, options, env } = scene;
  const isNamedElsewhere = setting !== undefined && (setting.tokenUrl ?? setting.issuer) !== undefined;
  const needs = ['token-endpoint-setting', ...(isNamedElsewhere ? [] : (['credentials'] as const))] as const;
  const url = await examination.check('endpoint-address', { needs }, () =>
    addressOf(scene, setting, credentials),
  );
  if (url === undefined) {
    examination.skipAfter(['endpoint-proxy', ...onTheWay], ['endpoint-address']);
    return;
  }
  const network = await examination.check('endpoint-proxy', {}, () => directWayTo(url, options, env));
  if (network === undefined) {
    if (!examination.skipAfter(onTheWay, ['endpoint-proxy']))
      examination.skip(onTheWay, 'requests do not go directly');
    return;
  }
  const place = placeOf(url);
  await examination.check('endpoint-dns', {}, () => resolve(scene, place));
  await examination.check('endpoint-tcp', { needs: ['endpoint-dns'] }, () => reach(scene, place));
  if (url.protocol === 'https:')
    await examination.check('endpoint-tls', { needs: ['endpoint-tcp'] }, () =>
      checkCertificate(scene, place, trustedBy(network)),
    );
  else examination.skip(['endpoint-tls'], 'it is http');
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

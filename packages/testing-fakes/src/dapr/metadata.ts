import { capabilitiesOf, type DaprVersion, type FakeDaprComponent } from './component.ts';

/**
 * The body of `GET /v1.0/metadata`: 1.9.6 sends empty lists, 1.18.3 leaves empty keys out and has `runtimeVersion`, 1.14.0 says how the
 * application is reached too.
 *
 * @see https://docs.dapr.io/reference/api/metadata_api/
 */
export function metadataBody(
  appId: string,
  version: DaprVersion,
  loaded: readonly FakeDaprComponent[],
): unknown {
  const extended = { daprRuntimeVersion: version };
  const components = loaded.map((component) => ({
    name: component.name,
    type: component.type,
    version: 'v1',
    capabilities: capabilitiesOf(component, version),
  }));
  if (version === '1.9.6') return { id: appId, actors: [], extended, components };
  const sparse = components.map(({ capabilities, ...component }) =>
    capabilities.length === 0 ? component : { ...component, capabilities },
  );
  const common = {
    id: appId,
    runtimeVersion: version,
    ...(sparse.length === 0 ? {} : { components: sparse }),
    extended,
  };
  const actorRuntime = { runtimeStatus: 'DISABLED', hostReady: false };
  if (version !== '1.14.0') return { ...common, actorRuntime: { ...actorRuntime, placement: '' } };
  return {
    ...common,
    appConnectionProperties: { protocol: 'http', channelAddress: '127.0.0.1' },
    actorRuntime,
  };
}

import { capabilitiesOf, type DaprVersion, type FakeDaprComponent } from './component.ts';

/**
 * The body of `GET /v1.0/metadata`: 1.9.6 sends empty lists, 1.18.3 leaves empty keys out and has `runtimeVersion`.
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
  return {
    id: appId,
    runtimeVersion: version,
    ...(sparse.length === 0 ? {} : { components: sparse }),
    extended,
    actorRuntime: { runtimeStatus: 'DISABLED', hostReady: false, placement: '' },
  };
}

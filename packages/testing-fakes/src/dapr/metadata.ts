import { capabilitiesOf, type FakeDaprComponent } from './component.ts';

/** Whose metadata shape a fake sidecar speaks. */
export type DaprVersion = '1.9.6' | '1.18.3';

/**
 * The body of `GET /v1.0/metadata`: 1.9.6 sends empty lists, 1.18.3 leaves empty keys out and has `runtimeVersion`.
 *
 * @see https://docs.dapr.io/reference/api/metadata_api/
 */
export function metadataBody(version: DaprVersion, loaded: readonly FakeDaprComponent[]): unknown {
  const extended = { daprRuntimeVersion: version };
  const components = loaded.map((component) => ({
    name: component.name,
    type: component.type,
    version: 'v1',
    capabilities: capabilitiesOf(component),
  }));
  if (version === '1.9.6') return { id: 'fake-app', actors: [], extended, components };
  const sparse = components.map(({ capabilities, ...component }) =>
    capabilities.length === 0 ? component : { ...component, capabilities },
  );
  return {
    id: 'fake-app',
    runtimeVersion: version,
    ...(sparse.length === 0 ? {} : { components: sparse }),
    extended,
    actorRuntime: { runtimeStatus: 'DISABLED', hostReady: false, placement: '' },
  };
}

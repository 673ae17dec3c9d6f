import { Client, Connection } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import {
  type ActivityInterceptorsFactory,
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkerPlugin,
  type WorkflowBundle,
} from '@temporalio/worker';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAuthenticated, extract, pluginOf } from '../tests/support/plugin-scene.ts';
import { workflowBundle } from '../tests/support/workflow-bundle.ts';
import { quietRuntime } from '../tests/support/quiet-runtime.ts';
import { openScene, type Scene } from '../tests/support/scene.ts';

beforeAll(quietRuntime);

// A busy machine takes seconds to start a native worker, and to bundle its workflows.

const workflowsPath = fileURLToPath(new URL('../tests/support/workflows.ts', import.meta.url));

/** The token of the first probe is good no more, and nobody has noticed yet. */
function withdrawToken({ temporal }: Scene): void {
  // Not the polls: Core would wait 10 s of real time before the next.
  const method = ['RecordWorkerHeartbeat', 'RespondActivityTaskCompleted'];
  temporal.injectFault('permissionDenied', { token: 1, method });
}

/** The tokens with which results came, each once. */
function resultTokens({ temporal }: Scene): readonly (string | undefined)[] {
  return [...new Set(temporal.tokensOf('RespondActivityTaskCompleted'))];
}

/** A plugin that adds what doubles each result, before or behind all interceptors that there are. */
function doubling(place: 'first' | 'last'): WorkerPlugin {
  const double: ActivityInterceptorsFactory = () => ({
    inbound: { execute: async (input, next) => 2 * ((await next(input)) as number) },
  });
  return {
    name: 'doubling',
    configureWorker: ({ interceptors, ...options }) => {
      const { activity = [] } = interceptors ?? {};
      return {
        ...options,
        interceptors: {
          ...interceptors,
          activity: place === 'first' ? [double, ...activity] : [...activity, double],
        },
      };
    },
  };
}

describe('beside the OpenTelemetry plugin of Temporal', () => {
  let tracedBundle: WorkflowBundle;
  beforeAll(async () => {
    const logger = new DefaultLogger('ERROR');
    const { telemetry } = openTelemetry();
    tracedBundle = await bundleWorkflowCode({ workflowsPath, logger, plugins: [telemetry] });
  });

  it.each(['before', 'behind'])('spans are made and calls authenticated, given %s it', async (place) => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const { exporter, telemetry } = openTelemetry();
    const plugins = place === 'before' ? [auth, telemetry] : [telemetry, auth];
    const client = new Client({ plugins });
    expect(await extract(scene, client, { workflowBundle: tracedBundle, plugins })).toBe(42);
    expectAuthenticated(scene);
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'StartWorkflow:extract',
        'RunWorkflow:extract',
        'StartActivity:countRows',
        'RunActivity:countRows',
      ]),
    );
    await client.connection.close();
  });
});

describe('beside a plugin with an interceptor of activities, a result that is sent again', () => {
  it.each([
    ['what the interceptor made of it, which stands first and was given before ours', 'first', 'before', 84],
    ['what the interceptor made of it, which stands last and was given before ours', 'last', 'before', 84],
    ['what the interceptor made of it, which stands last and was given behind ours', 'last', 'behind', 84],
    ['what the interceptor made of it, with ours given to the connection', 'first', 'connection', 84],
    [
      'without what an interceptor made of it that came behind ours and put itself first',
      'first',
      'behind',
      42,
    ],
  ] as const)('is %s', async (_name, at, place, expected) => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    await auth.ready();
    const { address } = scene.temporal;
    const client = new Client({ plugins: [auth] });
    const connection = await NativeConnection.connect({ address, plugins: [auth] });
    const given = { before: [doubling(at), auth], behind: [auth, doubling(at)], connection: [doubling(at)] };
    const countRows = (): Promise<number> => {
      withdrawToken(scene);
      return Promise.resolve(42);
    };
    const options = {
      plugins: given[place],
      activities: { countRows },
      ...(place === 'connection' && { connection }),
    };
    expect(await extract(scene, client, options)).toBe(expected);
    expect(resultTokens(scene)).toEqual(scene.issuedFingerprints());
    await client.connection.close();
    await connection.close();
  });
});

describe('a worker of a project of its own', () => {
  it('keeps its codec: a result that is sent again is encoded as any', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const payloadCodecs = [flippingCodec()];
    const client = new Client({ plugins: [auth], dataConverter: { payloadCodecs } });
    const countRows = (): Promise<number> => {
      withdrawToken(scene);
      return Promise.resolve(42);
    };
    const options = { plugins: [auth], dataConverter: { payloadCodecs }, activities: { countRows } };
    expect(await extract(scene, client, options)).toBe(42);
    expect(resultTokens(scene)).toEqual(scene.issuedFingerprints());
    await client.connection.close();
  });
});

describe('replay', () => {
  it('asks neither for a token nor anything of Temporal', async () => {
    await using scene = await openScene();
    await using worked = pluginOf(scene);
    const client = new Client({ plugins: [worked] });
    await extract(scene, client, { plugins: [worked] });
    const history = await client.workflow.getHandle('extract').fetchHistory();
    await client.connection.close();
    const before = [scene.oauth.tokenRequests.length, scene.temporal.calls.length];
    await using auth = pluginOf(scene);
    await Worker.runReplayHistory({ workflowBundle, plugins: [auth] }, history, 'extract');
    expect([scene.oauth.tokenRequests.length, scene.temporal.calls.length]).toEqual(before);
  });
});

describe('a profile of Temporal’s environment configuration', () => {
  it.each([
    ['an API key', { TEMPORAL_API_KEY: 'of-the-profile' }],
    ['authorization in the metadata', { TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer of-the-profile' }],
  ])('with %s has our token win, on both kinds of connection', async (_name, variables) => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    await auth.ready();
    const overrideEnvVars = { TEMPORAL_ADDRESS: scene.temporal.address, ...variables };
    const { connectionOptions: loaded } = loadClientConnectConfig({ disableFile: true, overrideEnvVars });
    expect(JSON.stringify(loaded)).toContain('of-the-profile');
    // An API key turns TLS on, and before 1.22.0 TEMPORAL_TLS says the opposite of what it means.
    const connectionOptions = { ...loaded, tls: false };
    const native = await NativeConnection.connect({ ...connectionOptions, plugins: [auth] });
    const connection = await Connection.connect({ ...connectionOptions, plugins: [auth] });
    expect(await extract(scene, new Client({ connection }), { connection: native })).toBe(42);
    expectAuthenticated(scene);
    await connection.close();
    await native.close();
  });
});

function openTelemetry(): {
  readonly exporter: InMemorySpanExporter;
  readonly telemetry: OpenTelemetryPlugin;
} {
  const exporter = new InMemorySpanExporter();
  const spanProcessor = new SimpleSpanProcessor(exporter);
  const tracer = new BasicTracerProvider({ spanProcessors: [spanProcessor] }).getTracer('test');
  const telemetry = new OpenTelemetryPlugin({ resource: new Resource({}), spanProcessor, tracer });
  return { exporter, telemetry };
}

/** Turns each bit over, and back again. */
function flippingCodec(): PayloadCodec {
  const flip: PayloadCodec['encode'] = (payloads) =>
    Promise.resolve(
      payloads.map((payload) => ({ ...payload, data: payload.data?.map((byte) => byte ^ 0xff) ?? null })),
    );
  return { encode: flip, decode: flip };
}

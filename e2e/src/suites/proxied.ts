import { freePort, startTemporalDevServer } from '@worker-auth/servers';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { join } from 'node:path';
import { AgentProcess } from '../agent/agent-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** With a proxy: first each test alone with the server, then behind the agent. */
export const proxiedLanes = ['direct', 'proxy'] as const;

/** A namespace that the tests for Go use. */
const namespace = 'integration-test-namespace';
const searchAttributes = ['CustomKeywordField=Keyword', 'CustomStringField=Text'];
const switchedOn = [
  ...['frontend.enableExecuteMultiOperation', 'frontend.enableUpdateWorkflowExecution'],
  ...['frontend.enableUpdateWorkflowExecutionAsyncAccepted', 'frontend.workerVersioningRuleAPIs'],
  ...['frontend.workerVersioningDataAPIs', 'frontend.workerVersioningWorkflowAPIs'],
  ...['frontend.activityAPIsEnabled', 'frontend.ListWorkersEnabled', 'frontend.WorkerHeartbeatsEnabled'],
  ...['frontend.enableCancelWorkerPollsOnShutdown', 'system.enableActivityEagerExecution'],
  ...['system.enableEagerWorkflowStart', 'system.forceSearchAttributesCacheRefreshOnRead'],
  ...['system.enableDeployments', 'system.enableDeploymentVersions', 'matching.useNewMatcher'],
  ...['worker.buildIdScavengerEnabled', 'nexusoperation.enableStandalone', 'history.enableChasm'],
  ...['history.enableCHASMCallbacks', 'history.enableCHASMSignalBacklinks', 'history.enableUpdateCallbacks'],
  ...['history.enableRequestIdRefLinks', 'history.enableTransitionHistory', 'activity.enableStandalone'],
  ...['history.enableSignalWithStartFromWorkflow', 'activity.enableCallbacks', 'activity.startDelayEnabled'],
  'component.nexusoperations.recordCancelRequestCompletionEvents',
];

/** Where the tests of a lane find Temporal. */
interface LaneServer {
  readonly address: string;
  /** Of its HTTP interface, which has no proxy. */
  readonly httpAddress: string;
}

/** Two dev servers, one of them behind an agent. */
export interface ProxiedServers extends AsyncDisposable {
  of(lane: string): LaneServer;
}

/** Starts what the suites for Go and Python need. */
export async function startProxied(): Promise<ProxiedServers> {
  await using started = new AsyncDisposableStack();
  const direct = started.use(await startServer());
  const behind = started.use(await startServer());
  const oauth = started.use(await MockOAuthServer.start());
  const folder = started.use(await temporaryFolder());
  const agent = started.use(
    new AgentProcess({
      env: {
        ...{ TEMPORAL_ADDRESS: behind.address, WORKER_AUTH_TOKEN_URL: oauth.tokenUrl },
        ...{ WORKER_AUTH_CLIENT_ID: oauth.clientId, WORKER_AUTH_CLIENT_SECRET: oauth.clientSecret },
      },
      ...{
        out: join(folder.path, 'token'),
        args: ['--proxy', '127.0.0.1:0', '--any-local-user'],
        isBuilt: true,
      },
    }),
  );
  const proxy = { address: await agent.proxyAddress(), httpAddress: behind.httpAddress };
  const owned = started.move();
  return {
    of: (lane) => (lane === 'direct' ? direct : proxy),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startServer(): Promise<LaneServer & AsyncDisposable> {
  const httpAddress = `127.0.0.1:${await freePort()}`;
  const values = [
    ...switchedOn.map((name) => `${name}=true`),
    ...['limit.historyCount.suggestContinueAsNew=50', 'system.refreshNexusEndpointsMinWait="0s"'],
    ...[
      'worker.removableBuildIdDurationSinceDefault=1',
      'matching.wv.VersionDrainageStatusRefreshInterval=1',
    ],
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod=10',
    ...['callback.allowedAddresses=[{"Pattern":"*","AllowInsecure":true}]'],
    'component.nexusoperations.useSystemCallbackURL=false',
    `component.nexusoperations.callback.endpoint.template="http://${httpAddress}/namespaces/{{.NamespaceName}}/nexus/callback"`,
  ];
  const args = [
    ...['--http-port', httpAddress.replace(/^.*:/, '')],
    ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...values.flatMap((value) => ['--dynamic-config-value', value]),
  ];
  return Object.assign(await startTemporalDevServer({ namespace, args }), { httpAddress });
}

import type { Block } from './page.ts';

/** A block of another page that a reader has followed before. */
export interface BlockElsewhere {
  readonly path: string;
  /** A text that it has. */
  readonly block: string;
}

/** How a page is read, where its words alone do not say it. */
export interface PagePlan {
  /** The project that its first blocks are for, from the top of the repository. Default an empty folder. */
  readonly project?: string;
  /** Headings at which the reader begins with an empty folder. */
  readonly newFolderAt?: readonly string[];
  /** Files that the page takes for granted, since they are the reader's own. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the reader has done before: the blocks of other pages that this one builds on. */
  readonly before?: readonly BlockElsewhere[];
  /** Programs and commands that run on, by a text that they have, each with what it prints when it runs. */
  readonly runsUntil?: Readonly<Record<string, RegExp>>;
  /** What a busy machine prints in another way, and what the page shows in its place. */
  readonly unlikeOnBusyMachines?: readonly (readonly [pattern: RegExp, instead: string])[];
  /** Blocks that the reader leaves out, by how they begin, each with its reason. */
  readonly notRun?: Readonly<Record<string, string>>;
}

/** Why a block is not run; `undefined` for one that is. */
export function reasonNotTo({ language, code }: Block, { notRun = {} }: PagePlan): string | undefined {
  if (language === 'mermaid') return 'the site draws it';
  return Object.entries(notRun).find(([begin]) => code.trimStart().startsWith(begin))?.[1];
}

/** The project that `@temporalio/create` makes: its sources are those of temporalio/samples-typescript. */
export const helloWorld = 'e2e/hello-world';
const examples = 'examples/README.md';
export const ofAuth = 'packages/temporal-auth/README.md';
const ofFakes = 'packages/testing-fakes/README.md';
const ofTokens = 'packages/token-manager/README.md';
const ofSecrets = 'packages/secret-store/README.md';

/** All examples share these variables. */
const withServers = [{ path: examples, block: 'export TEMPORAL_ADDRESS=temporal.example.com' }];

/** A suite of the reader's, which does what the page says that it may. */
const suite = `
import json, os, urllib.error, urllib.request

def post(url, body):
    return urllib.request.urlopen(urllib.request.Request(url, body, {'content-type': 'application/json'}))

fault = json.dumps({'server': 'oauth', 'fault': 'unavailable503', 'times': 2}).encode()
post(os.environ['TESTING_FAKES_CONTROL'] + '/inject-fault', fault)
try:
    post(os.environ['WORKER_AUTH_TOKEN_URL'], b'')
    raise SystemExit('no fault')
except urllib.error.HTTPError as error:
    assert error.code == 503, error.code
`;

const oauthRuns = { 'testing-fakes oauth': /token endpoint/ };
const sidecarRuns = { 'testing-fakes dapr': /DAPR_HTTP_ENDPOINT/ };

/** What each change must pass: the README of the repository, of each package and of the examples. */
export const firstScreens: Readonly<Record<string, PagePlan>> = {
  [ofAuth]: { project: helloWorld, newFolderAt: ['A worker from nothing'] },
  'README.md': {
    project: helloWorld,
    notRun: { 'npm start   #': 'in a clone: `demo.spec.ts` runs the first, and the second runs this' },
  },
  'examples/worker/README.md': { project: 'examples/worker', before: withServers },
  'examples/own-connections/README.md': { project: 'examples/own-connections', before: withServers },
  'examples/client-only/README.md': { project: 'examples/client-only', before: withServers },
  'examples/secret-back-end/README.md': { project: 'examples/secret-back-end', before: withServers },
  [ofTokens]: { runsUntil: oauthRuns },
  'packages/refresh-scheduler/README.md': { notRun: { 'delay  =': 'a formula' }, runsUntil: oauthRuns },
  [ofSecrets]: { runsUntil: sidecarRuns },
  [ofFakes]: { files: { 'suite.py': suite } },
  [examples]: {},
};

const installTokens = { path: ofTokens, block: 'npm install @worker-auth/token-manager' };
const installSecrets = { path: ofSecrets, block: 'npm install @worker-auth/secret-store' };
const installFakes = { path: ofFakes, block: 'npm install --save-dev @worker-auth/testing-fakes' };
const installAuth = { path: ofAuth, block: 'npm install @worker-auth/temporal-auth @temporalio/client' };
const variables = { path: ofAuth, block: 'export TEMPORAL_ADDRESS=temporal.example.com' };
const workflows = { path: ofAuth, block: 'export async function extract' };
const onTheFakes = { before: [installFakes] };
const withAuth = { before: [installAuth, variables] };

/** What the weekly tests read besides. */
export const otherPages: Readonly<Record<string, PagePlan>> = {
  'docs/guides/start-in-five-minutes.md': {
    // More tokens may come, and a stall may outlast the five seconds of one.
    unlikeOnBusyMachines: [
      [/^token (?:[4-9]|\d\d).*\n/gm, ''],
      [/^\d+(?= calls were rejected)/gm, '0'],
    ],
  },
  'docs/guides/python-behind-the-proxy.md': {
    notRun: {
      'export TEMPORAL_ADDRESS':
        'a worker that runs on: the command before it is the same with other servers',
    },
  },
  'docs/guides/frameworks.md': {
    before: [variables],
    runsUntil: { 'node server.ts': /^listening$/m },
  },
  'docs/guides/test-with-the-fakes.md': { before: [installAuth] },
  'packages/token-manager/docs/client-authentication.md': { before: [installTokens] },
  'packages/token-manager/docs/file-tokens.md': { before: [installTokens] },
  'packages/token-manager/docs/providers.md': { before: [installTokens] },
  'packages/secret-store/docs/dapr.md': { before: [installSecrets] },
  'packages/testing-fakes/docs/contracts.md': onTheFakes,
  'packages/testing-fakes/docs/dapr-sidecar.md': onTheFakes,
  'packages/testing-fakes/docs/fake-clock.md': onTheFakes,
  'packages/testing-fakes/docs/fakes.md': onTheFakes,
  'packages/testing-fakes/docs/frontend.md': onTheFakes,
  'packages/testing-fakes/docs/gateway-faults.md': onTheFakes,
  'packages/testing-fakes/docs/oauth-client-authentication.md': onTheFakes,
  'packages/testing-fakes/docs/oauth-server.md': onTheFakes,
  'packages/testing-fakes/docs/recipes.md': onTheFakes,
  'packages/testing-fakes/docs/recipes-temporal.md': onTheFakes,
  'packages/temporal-auth/docs/client.md': withAuth,
  'packages/temporal-auth/docs/doctor.md': {
    ...withAuth,
    notRun: {
      '✗ The token endpoint https://auth.example.com':
        'what the doctor prints of a wrong deployment: `set-ups.spec.ts` has each',
      'npx @worker-auth/temporal-auth doctor --agent':
        'beside an agent: `packages/temporal-auth/tests/doctor/agent.spec.ts` has each of its findings',
      'npx @worker-auth/temporal-auth doctor -- node lib/worker.js':
        'beside a program: `packages/temporal-auth/tests/cli/examined-program.spec.ts`',
      'npx @worker-auth/temporal-auth doctor --health':
        'beside a running one: `packages/temporal-auth/tests/cli/examined-program.spec.ts`',
    },
  },
  'packages/temporal-auth/docs/handle-errors.md': withAuth,
  'packages/temporal-auth/docs/health.md': {
    ...withAuth,
    runsUntil: { 'healthHandler(client)': /state: 'RUNNING'/ },
  },
  'packages/temporal-auth/docs/plugin.md': { before: [installAuth, variables, workflows] },
  'packages/temporal-auth/docs/workers.md': {
    ...withAuth,
    runsUntil: { 'superviseWorker(': /state: 'RUNNING'/ },
  },
};

const inAClone = 'a command of the clone: `blocks.spec.ts` looks for its scripts, targets and files';
const byContributors = 'word for word in a copy of the clone: e2e/soak/contributing.spec.ts';
const byCluster = 'it needs a cluster';
const onSources = (spec: string): string => `word for word on the sources, with servers of its own: ${spec}`;

/** Pages of which the reader reads nothing, each with its reason. */
export const notRead: Readonly<Record<string, string>> = {
  'docs/contributing/add-a-metric.md': byContributors,
  'docs/contributing/add-a-provider-preset.md': byContributors,
  'docs/contributing/add-a-secret-back-end.md': byContributors,
  'docs/contributing/mutation-tests.md': inAClone,
  'docs/contributing/peers.md': inAClone,
  'docs/contributing/releasing.md': inAClone,
  'CONTRIBUTING.md': inAClone,
  'tools/servers/README.md': inAClone,
  'components/README.md': byCluster,
  'docs/guides/aws-lambda.md': 'it needs AWS Lambda',
  'docs/guides/container.md':
    'it needs Docker: `kubernetes-example.spec.ts` runs the program of the image, `page-book.spec.ts` compares the file',
  'docs/guides/kubernetes.md': byCluster,
  'docs/guides/kubernetes/troubleshooting.md': byCluster,
  'docs/guides/kubernetes/worker-controller.md': byCluster,
  'packages/temporal-auth/docs/runbook/logs.md':
    'it is written by `packages/temporal-auth/tests/conditions/logs-page.spec.ts`',
  'examples/agent/README.md':
    'it needs Docker and a cluster: `agent-example.spec.ts` runs the steps of the image and checks the pod by its schemas',
  'examples/kubernetes/README.md': byCluster,
  'docs/guides/how-it-works.md': 'it has pictures alone',
  'docs/reference/environment.md': 'it has the variables of the first screen',
  'docs/guides/temporal-cloud.md': onSources('tools/docs/soak/temporal-cloud.spec.ts'),
  'docs/guides/write-a-secret-back-end.md': onSources('tools/docs/soak/write-a-secret-back-end.spec.ts'),
  'packages/secret-store/docs/secret-service.md': onSources('packages/secret-store/soak/readme.spec.ts'),
  'packages/temporal-auth/docs/network.md': onSources('packages/temporal-auth/soak/readme.spec.ts'),
  'packages/temporal-auth/docs/metrics.md': onSources(
    'packages/temporal-auth/tests/opentelemetry/metrics-example.spec.ts',
  ),
  'packages/temporal-auth/docs/migrate-from-python.md': onSources(
    'packages/temporal-auth/tests/migration-guide.spec.ts',
  ),
  'packages/agent/docs/agent-proxy.md': 'it needs Python: `proxied-workers.spec.ts` runs the same',
  'packages/agent/README.md': 'it runs programs of the reader: `e2e/soak/agent.spec.ts` runs the agent',
  'packages/agent/docs/agent.md': onSources('e2e/soak/agent-service.spec.ts'),
  'packages/agent/docs/agent-readers.md': onSources('e2e/soak/agent.spec.ts and examples.spec.ts'),
  'packages/temporal-auth/monitoring/README.md':
    'a part of the configuration of Prometheus: `monitoring.spec.ts` has its tool read it',
  'packages/testing-fakes/docs/command-line.md':
    'servers that run on: `packages/testing-fakes/tests/cli/commands.spec.ts` starts each',
  'examples/python/README.md': 'it needs Python and pip: `examples.spec.ts` runs its worker',
};

/** Providers of the world outside: an imitation of each runs its page. */
export const ofProviders = /^docs\/guides\/providers\//;

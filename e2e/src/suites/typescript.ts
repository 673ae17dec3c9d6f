import { Connection } from '@temporalio/client';
import {
  cleanEnvironment,
  findProgram,
  startAuthorizingTemporal,
  startTemporalDevServer,
} from '@worker-auth/servers';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { preloaded, type PreloadSettings } from './preload-settings.ts';
import { outputOf } from './program.ts';
import { notRunFor, type Outcome, type Outcomes, type Suite } from './suite.ts';
import { typescriptProject } from './typescript-project.ts';

const client = { id: 'worker', secret: 'a secret' };
/** By their names; the numbers are those of Temporal's `IndexedValueType`. */
const searchAttributes = {
  ...{ CustomTextField: 1, CustomKeywordField: 2, CustomIntField: 3 },
  ...{ CustomDoubleField: 4, CustomBoolField: 5, CustomDatetimeField: 6 },
};
const typeNames = ['', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime'];
const dynamicConfig = [
  ...['system.enableActivityEagerExecution=true', 'history.enableRequestIdRefLinks=true'],
  ...['frontend.activityAPIsEnabled=true', 'activity.enableStandalone=true'],
  ...['activity.startDelayEnabled=true', 'activity.longPollTimeout="5000ms"', 'history.enableChasm=true'],
  ...['history.enableTransitionHistory=true', 'frontend.WorkerHeartbeatsEnabled=true'],
  ...['frontend.ListWorkersEnabled=true', 'system.forceSearchAttributesCacheRefreshOnRead=true'],
];

const pure = `client-options data-converter extstore-config extstore-helpers extstore-runner extstore-visit iterators-utils
interface-type-safety logger nexus-standalone-types patch-root proto-utils random-streams server-options workflow-codec-runner`;
const notRun: Suite['notRun'] = {
  'test-temporal-cloud': 'needs an account of Temporal Cloud',
  'test-bridge': "tests Core's bridge, without a client or a worker",
  'test-testenvironment': "needs Temporal's server that skips time",
  'test-ephemeral-server': "needs Temporal's server that skips time",
  'test-lambda-worker': 'needs `@temporalio/lambda-worker`, which is not released with each version',
  'test-nyc-coverage': 'needs nyc',
  ...notRunFor('does not end, without us too', [
    'test-integration-extstore',
    'test-integration-extstore-nexus',
  ]),
  ...notRunFor(
    'has no connection and no worker',
    pure.split(/\s+/).map((name) => `test-${name}`),
  ),
};

/** The tests of Temporal's SDK for TypeScript. */
export const typescript: Suite = {
  name: 'typescript',
  title: "temporalio/sdk-typescript, `packages/test`, beside npm's `@temporalio/*`",
  lanes: ['plain', 'plugin', 'authorizer'],
  filesOf: async (clone) => {
    const files = await readdir(join(clone, 'packages/test/src'));
    return files.flatMap((file) => /^(test-.+)\.ts$/.exec(file)?.[1] ?? []);
  },
  notRun,
  open: async (clone) => {
    const project = await typescriptProject(clone);
    await using started = new AsyncDisposableStack();
    const { path: cli } = await findProgram('temporal-cli');
    const oauth = started.use(await startOAuth(120));
    const names = Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${String(typeNames[type])}`,
    ]);
    const values = dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]);
    const args = [...names, ...values];
    const plain = started.use(await startTemporalDevServer({ args }));
    const plugged = started.use(await startTemporalDevServer({ args }));
    const shortLived = started.use(await startOAuth(20));
    const authorizing = started.use(
      await startAuthorizingTemporal({ jwksUrl: shortLived.jwksUrl, args: values }),
    );
    await register(authorizing.address, shortLived.mintToken());
    const { path: command } = await findProgram('temporal-authorizer');
    const lanes: Readonly<Record<string, PreloadSettings>> = {
      plain: { cli, address: plain.address },
      plugin: {
        ...{ cli, address: plugged.address },
        client: { ...client, tokenUrl: oauth.tokenUrl },
      },
      authorizer: {
        ...{ cli, address: authorizing.address },
        authorizer: { command, args: ['-jwks', shortLived.jwksUrl, ...values] },
        client: { ...client, tokenUrl: shortLived.tokenUrl },
      },
    };
    const owned = started.move();
    return {
      run: async (file, lane, test) =>
        readTap(
          await outputOf({
            command: process.execPath,
            args: [
              ...['../../node_modules/ava/entrypoints/cli.mjs', '--tap', '--timeout=3m'],
              ...[`lib/${file}.js`, ...(test === undefined ? [] : ['--match', test])],
            ],
            cwd: project,
            env: {
              ...cleanEnvironment(),
              ...preloaded(lanes[lane]),
            },
          }),
        ),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};

/** Whatever the tests do, their tokens allow it. */
function startOAuth(lifetimeSeconds: number): Promise<MockOAuthServer> {
  const permissions = ['default:admin', 'temporal-system:admin'];
  return MockOAuthServer.start({
    clientId: client.id,
    clientSecret: client.secret,
    lifetimeSeconds,
    permissions,
  });
}

async function register(address: string, apiKey: string): Promise<void> {
  await using started = new AsyncDisposableStack();
  const connection = await Connection.connect({ address, apiKey, tls: false });
  started.defer(() => connection.close());
  await connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
}

/** What a test framework printed in the Test Anything Protocol. */
function readTap(output: string): Outcomes {
  const lines = output.matchAll(/^(not )?ok \d+ - (.+?)( # (?:SKIP|TODO).*)?$/gm);
  return new Map(
    Array.from(lines, ([, not, title = '', skipped]): [string, Outcome] => [
      title.replaceAll(/\\([#\\])/g, '$1'),
      skipped === undefined ? (not === undefined ? 'passed' : 'failed') : 'skipped',
    ]),
  );
}

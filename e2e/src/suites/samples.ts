import { cached, cleanEnvironment, findProgram, npm, startTemporalDevServer } from '@worker-auth/servers';
import { fakeStack } from '@worker-auth/testing-fakes';
import { cp, glob, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { applyDiff } from '../pages/apply-diff.ts';
import { ofAuth } from '../pages/book.ts';
import { diffOf } from '../pages/page.ts';
import { preloaded, type PreloadSettings } from './preload-settings.ts';
import { commitOf, digest, type RunningProgram, start } from './program.ts';
import type { Outcome, Outcomes, Suite } from './suite.ts';
import { installOurs, ourDependencies, readManifest, sdkVersion } from './typescript-project.ts';

/** Each sample's programs that start workflows, beside its worker. */
const programs: Readonly<Record<string, string>> = {
  ...{ 'hello-world': 'client', 'activities-cancellation-heartbeating': 'client' },
  ...{
    'activities-dependency-injection': 'client',
    'child-workflows': 'client',
    'continue-as-new': 'client',
  },
  ...{ ejson: 'client', encryption: 'client', sinks: 'client', 'message-passing/execute-update': 'client' },
  ...{ 'early-return': 'run-workflow' },
};
/** And its tests. */
const tests: Readonly<Record<string, string>> = {
  ...{ 'hello-world': 'src/mocha/*.test.ts', 'early-return': 'src/test/*.test.ts' },
};
/** Lets both lanes have a server of their own: a worker without a connection opens one, as in `@temporalio/create`. */
const toServer: readonly [RegExp, string][] = [
  [/'localhost:7233'/g, 'process.env.TEMPORAL_ADDRESS'],
  [
    /^import \{(?!.*NativeConnection)(.*) Worker(.*@temporalio\/worker')/m,
    'import { NativeConnection,$1 Worker$2',
  ],
  [
    /const worker = await Worker\.create\(\{(?!\s+connection)/,
    'const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });\n$&connection,',
  ],
];
/** The sample that the README of temporal-auth changes: the template of `@temporalio/create`. Its programs are compiled with their types. */
const template = 'hello-world';
/** What that README changes, in the words of the other samples. */
const toOurs: readonly [RegExp, string][] = [
  [
    /const connection = await NativeConnection\.connect\(/,
    'await using auth = temporalAuth();\nconst connection = await auth.connectNative(',
  ],
  [
    /const connection = await Connection\.connect\(([^;]*)\);/,
    'await using auth = temporalAuth();\nconst connection = await Connection.connect({ ...$1, plugins: [auth] });',
  ],
  [/^import /m, "import { temporalAuth } from '@worker-auth/temporal-auth';\nimport "],
];

/** Samples of Temporal's SDK for TypeScript, which run their own programs. */
export const samples: Suite = {
  name: 'samples',
  title: `temporalio/samples-typescript; in \`plugin\`, ${template} has the diff of the README of temporal-auth, and the others its lines`,
  lanes: ['plain', 'plugin'],
  filesOf: () => Promise.resolve(Object.keys(programs)),
  notRun: {},
  open: async (clone) => {
    const root = JSON.stringify({ private: true, dependencies: await dependenciesOf(clone) });
    const key = digest(await commitOf(clone), root);
    const project = await cached(
      { name: `suites-samples-${key}`, proof: 'node_modules/ts-node' },
      async (target) => {
        await writeFile(join(target, 'package.json'), root);
        await npm(target, ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']);
      },
    );
    await installOurs(join(project, 'node_modules/@worker-auth'));
    for (const lane of samples.lanes)
      for (const name of Object.keys(programs)) {
        const folder = join(project, lane, name);
        await cp(join(clone, name), folder, { recursive: true });
        if (lane === 'plugin' && name === template) await applyDiff(await diffOf(ofAuth), folder);
        else
          for await (const file of glob(join(folder, 'src/**/*.ts')))
            await edit(file, lane === 'plain' ? toServer : [...toServer, ...toOurs]);
      }
    await using started = new AsyncDisposableStack();
    const { address: plain } = started.use(await startTemporalDevServer());
    const { address: upstream } = started.use(await startTemporalDevServer());
    // It accepts no call without a token.
    const { oauth, gateway } = started.use(await fakeStack({ upstream }));
    const owned = started.move();
    const addressOf = (lane: string): string => (lane === 'plain' ? plain : (gateway?.address ?? ''));
    const env = (file: string, lane: string) => ({
      ...cleanEnvironment(),
      TEMPORAL_ADDRESS: addressOf(lane),
      WORKER_AUTH_TOKEN_URL: oauth.tokenUrl,
      ...{ WORKER_AUTH_CLIENT_ID: oauth.clientId, WORKER_AUTH_CLIENT_SECRET: oauth.clientSecret },
      // The types of the others were made for what the samples say.
      ...(file !== template && { TS_NODE_TRANSPILE_ONLY: 'true' }),
    });
    const client = { id: oauth.clientId, secret: oauth.clientSecret, tokenUrl: oauth.tokenUrl };
    const { path: cli } = await findProgram('temporal-cli');
    const lanes: Readonly<Record<string, PreloadSettings>> = {
      plain: { address: plain, cli },
      plugin: { address: addressOf('plugin'), cli, client },
    };
    return {
      run: async (file, lane) => {
        const cwd = join(project, lane, file);
        const outcomes = await runSample(cwd, programs[file] ?? '', env(file, lane));
        const settings = { ...preloaded(lanes[lane]), ...env(file, lane) };
        return new Map([...outcomes, ...(await runTests(cwd, tests[file], settings))]);
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};

/** Runs the worker and, beside it, the other program; then asks the worker to end. */
async function runSample(
  cwd: string,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<Outcomes> {
  const startOne = (name: string): RunningProgram =>
    start({ command: process.execPath, args: ['-r', 'ts-node/register', `src/${name}.ts`], cwd, env });
  const worker = startOne('worker');
  const client = startOne(program);
  const first = await Promise.race([client.ended, worker.ended]);
  worker.terminate();
  client.terminate();
  const ended: readonly [string, number | null][] = [
    [program, first.code],
    ['worker', (await worker.ended).code],
  ];
  return new Map(ended.map(([name, code]): [string, Outcome] => [name, code === 0 ? 'passed' : 'failed']));
}

/** Runs its tests in a process of their own, which the preload needs. */
async function runTests(
  cwd: string,
  files: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<Outcomes> {
  if (files === undefined) return new Map();
  const mocha = createRequire(join(cwd, 'package.json')).resolve('mocha/bin/mocha.js');
  const args = [
    mocha,
    '--parallel',
    '--jobs=2',
    '--exit',
    '--timeout=60s',
    '--require=ts-node/register',
    files,
  ];
  const { code } = await start({ command: process.execPath, args, cwd, env }).ended;
  return new Map([['tests', code === 0 ? 'passed' : 'failed']]);
}

async function edit(file: string, edits: readonly [RegExp, string][]): Promise<void> {
  const before = await readFile(file, 'utf8');
  if (!before.includes('onnection.connect(') && !before.includes('Worker.create(')) return;
  await writeFile(
    file,
    edits.reduce((text, [from, to]) => text.replace(from, to), before),
  );
}

/** What all samples need, with one version of the SDK. */
async function dependenciesOf(clone: string): Promise<Readonly<Record<string, string>>> {
  const sdk = await sdkVersion();
  const manifests = await Promise.all(Object.keys(programs).map((name) => readManifest(join(clone, name))));
  const all = manifests.flatMap(({ dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies }),
  );
  const wanted = all.filter(([name]) => !/eslint|prettier|nodemon|^@types\/(?!node$)/.test(name));
  return {
    ...Object.fromEntries(
      wanted.map(([name, range]) => [name, name.startsWith('@temporalio/') ? sdk : range]),
    ),
    ...(await ourDependencies()),
  };
}

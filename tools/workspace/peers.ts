// `npm run peers`: the tests of each package with the oldest and with the newest allowed version of its peers.
import { execFile } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { listed, type Outcome, peerProject } from './peer-project.ts';
import { recordRun } from './peer-record.ts';
import { type Bound, oldestOf, peersOf, temporalPackages, type Versions } from './peer-versions.ts';
import type { Manifest } from './published-manifest.ts';

const usage = `npm run peers                     all packages with the oldest, then with the newest of their peers
npm run peers -- PACKAGE...       these packages alone, such as temporal-auth

  --only oldest|newest            one end of the ranges
  --temporal VERSION              this version of all @temporalio packages, in place of both ends
  --peer NAME@VERSION             this version of another peer, such as jose@6.0.0; may be given several times
  --spec PART                     only test files with this in their names; may be given several times

For each end of the ranges a copy of the workspace is installed in the folder for temporary files (TMPDIR), about a gigabyte, and
removed. The tests of a package that all pass there go into docs/compatibility.md of temporal-auth.`;

/** One copy of the workspace: the versions in it, and the packages whose tests run there. */
interface Plan {
  readonly bound: Bound | 'given';
  readonly versions: Versions;
  readonly packages: readonly Package[];
}

interface Package {
  readonly directory: string;
  /** Their ranges, by name. */
  readonly peers: Versions;
}

const workspace = join(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string' },
    temporal: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
    spec: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h' },
  },
  allowPositionals: true,
});
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopped.abort(new Error('interrupted'));
  });
}

if (values.help === true) {
  console.log(usage);
} else {
  try {
    process.exitCode = await runAll(await plans());
  } catch (error) {
    console.error(`npm run peers: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}

async function plans(): Promise<readonly Plan[]> {
  const packages = await packagesWithPeers();
  if (packages.length === 0)
    throw new Error('there is no such package with peers; "npm run peers -- --help" tells more');
  const given = givenVersions();
  if (Object.keys(given).length > 0) return [{ bound: 'given', versions: given, packages }];
  const bounds = (['oldest', 'newest'] as const).filter((bound) => (values.only ?? bound) === bound);
  if (bounds.length === 0) throw new Error(`--only is oldest or newest, not ${values.only ?? ''}`);
  return await Promise.all(
    bounds.map(async (bound) => ({ bound, versions: await versionsAt(bound, packages), packages })),
  );
}

async function packagesWithPeers(): Promise<readonly Package[]> {
  const packages: Package[] = [];
  for await (const path of glob('packages/*/package.json', { cwd: workspace })) {
    const directory = dirname(path);
    const peers = peersOf(JSON.parse(await readFile(join(workspace, path), 'utf8')) as Manifest);
    const isMeant = positionals.length === 0 || positionals.includes(basename(directory));
    if (isMeant && Object.keys(peers).length > 0) packages.push({ directory, peers });
  }
  return packages;
}

function givenVersions(): Versions {
  const others = values.peer.map((peer): [string, string] => {
    const [, name = '', version = ''] = /^(.+)@(.+)$/.exec(peer) ?? [];
    if (version === '') throw new Error(`Write --peer ${peer} as NAME@VERSION`);
    return [name, version];
  });
  return Object.fromEntries([
    ...(values.temporal === undefined ? [] : [[temporalPackages, values.temporal]]),
    ...others,
  ]) as Versions;
}

async function versionsAt(bound: Bound, packages: readonly Package[]): Promise<Versions> {
  const versions: Record<string, string> = {};
  for (const [name, range] of packages.flatMap(({ peers }) => Object.entries(peers))) {
    const version = bound === 'oldest' ? oldestOf(range) : await newestOf(name, range);
    if ((versions[name] ?? version) !== version) {
      throw new Error(`Two packages differ in ${name}: give it the range ${range} in both`);
    }
    versions[name] = version;
  }
  return versions;
}

/** The newest published version in a range. */
async function newestOf(name: string, range: string): Promise<string> {
  const published = name === temporalPackages ? '@temporalio/common' : name;
  const { stdout } = await promisify(execFile)('npm', ['view', `${published}@${range}`, 'version', '--json']);
  const found = JSON.parse(stdout) as string | readonly string[];
  const newest = typeof found === 'string' ? found : found.at(-1);
  if (newest === undefined) throw new Error(`npm has no ${name} in the range ${range}`);
  return newest;
}

async function runAll(all: readonly Plan[]): Promise<number> {
  const lines: string[] = [];
  let failures = 0;
  for (const plan of all) {
    console.log(`\n== ${plan.bound}: ${listed(plan.versions)}`);
    await using project = await peerProject(workspace, plan.versions, stopped.signal);
    for (const tested of plan.packages) {
      console.log(`\n== ${tested.directory}, ${plan.bound}`);
      const outcome = await project.test(tested.directory, values.spec);
      failures += outcome.failed;
      lines.push(
        `${tested.directory}, ${plan.bound} (${listed(versionsOf(tested, plan))}): ` +
          `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped`,
      );
      await record(tested, plan, outcome);
    }
  }
  console.log(`\n${lines.join('\n')}`);
  return failures === 0 ? 0 : 1;
}

function versionsOf({ peers }: Package, { versions }: Plan): Versions {
  return Object.fromEntries(Object.entries(versions).filter(([name]) => Object.hasOwn(peers, name)));
}

async function record(tested: Package, plan: Plan, { passed, failed, skipped }: Outcome): Promise<void> {
  if (failed > 0 || plan.bound === 'given' || values.spec.length > 0) return;
  const date = new Date().toISOString().slice(0, 10);
  const run = { date, versions: versionsOf(tested, plan), passed, skipped };
  await recordRun(workspace, tested.directory, plan.bound, run);
}

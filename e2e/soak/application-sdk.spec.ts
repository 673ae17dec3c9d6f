import { findProgram } from '@worker-auth/servers';
import { AtlanAuthClient } from '@worker-auth/temporal-auth';
import { FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { workspace } from '../src/pages/page.ts';

/** Where a release reads its variables: `constants.py` is in the other wheel from 3.51 on. */
const sources = ['constants.py', 'main.py'].map((file) => `application_sdk/${file}`);

/** Those of credentials, of their secret and of Temporal's place. */
const wanted =
  /^(?:ATLAN_APPLICATION_NAME|ATLAN_AUTH_\w+|ATLAN_(?:TEMPORAL|WORKFLOW)_(?:HOST|PORT|NAMESPACE|TLS\w*)|(?:ATLAN_)?DEPLOYMENT_SECRET_\w+)$/;

interface Release {
  readonly version: string;
  /** Each variable that it reads, with the default that it has. */
  readonly variables: ReadonlyMap<string, string>;
}

async function readReleases(): Promise<readonly Release[]> {
  const root = dirname((await findProgram('application-sdk')).path);
  const versionOf = (folder: string): string => folder.split('==')[1] ?? '';
  const folders = await readdir(root);
  const versions = [...new Set(folders.map(versionOf))].toSorted((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const releases = versions.map(async (version): Promise<Release> => {
    const files = folders
      .filter((folder) => versionOf(folder) === version)
      .flatMap((folder) => sources.map((source) => join(root, folder, source)));
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    const read = /(?:getenv|environ\.get|_env(?:_bool|_int)?)\(\s*["'](\w+)["'](?:,\s*["']([^"']*)["'])?/g;
    const found = [...texts.join('\n').matchAll(read)].map(
      ([, name = '', text = '']) => [name, text] as const,
    );
    const named = found.filter(([name]) => wanted.test(name));
    // A default wins over a place without one.
    return { version, variables: new Map(named.toSorted(([, a], [, b]) => a.length - b.length)) };
  });
  return Promise.all(releases);
}

/** The variables in each column of the migration page, which is made of the table of settings. */
async function readColumns(): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = await readFile(join(workspace, 'packages/temporal-auth/docs/migrate-from-python.md'), 'utf8');
  const lines = /^\| application-sdk 1 and 2 [^]*?\n\n/m.exec(text)?.[0].trim().split('\n') ?? [];
  const [titles = [], , ...rows] = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  const namesAt = (index: number): readonly string[] =>
    rows.flatMap((cells) => [...(cells[index] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name));
  return Object.fromEntries(titles.map((title, index) => [title, [...new Set(namesAt(index))].toSorted()]));
}

/** Where a deployment of the release has its credentials, with every name as the release has it by default. */
function layoutsOf({ variables }: Release, id: string, secret: string) {
  const pair = {
    [variables.get('ATLAN_AUTH_CLIENT_ID_KEY') ?? '']: id,
    [variables.get('ATLAN_AUTH_CLIENT_SECRET_KEY') ?? '']: secret,
  };
  const name = variables.get('DEPLOYMENT_SECRET_STORE_NAME') ?? '';
  const secretName = variables.get('ATLAN_DEPLOYMENT_SECRET_PATH') ?? '';
  const vault = { name, type: 'secretstores.hashicorp.vault', secrets: { [secretName]: pair } };
  const aws = {
    name,
    type: 'secretstores.aws.secretmanager',
    secrets: { [secretName]: '{"a":"b"}', ...pair },
  };
  const ofSidecar = { name, type: 'secretstores.local.env', secrets: pair };
  const inStores = { 'one secret': vault, 'one secret a key': aws, 'variables of the sidecar': ofSidecar };
  const layouts = Object.entries(inStores).map(([what, component]) => ({ what, component, env: {} }));
  if (!variables.has('ATLAN_AUTH_CLIENT_ID')) return layouts;
  const env = { ATLAN_AUTH_CLIENT_ID: id, ATLAN_AUTH_CLIENT_SECRET: secret };
  return [...layouts, { what: 'variables', component: { ...vault, secrets: {} }, env }];
}

await describeWith(['application-sdk'], 'the releases of application-sdk', () => {
  it.each([
    ['1', 'application-sdk 1 and 2'],
    ['2', 'application-sdk 1 and 2'],
    ['3', 'application-sdk 3'],
  ])('%s reads the variables that the migration page says, and no other', async (major, title) => {
    const releases = await readReleases();
    const newest = releases.filter(({ version }) => version.startsWith(`${major}.`)).at(-1);
    const [columns, names] = [await readColumns(), [...(newest?.variables.keys() ?? [])]];
    expect(names.length).toBeGreaterThan(9);
    expect(columns[title]).toEqual(names.toSorted());
  });

  it('have layouts in which credentials are found, each of them', async () => {
    await using oauth = await MockOAuthServer.start();
    const { clientId, clientSecret, tokenUrl } = oauth;
    const outcomes: string[] = [];
    for (const release of await readReleases()) {
      for (const { what, component, env } of layoutsOf(release, clientId, clientSecret)) {
        await using dapr = await FakeDaprSidecar.start({ components: [component] });
        const common = { ATLAN_APPLICATION_NAME: 'postgres-extraction', ATLAN_AUTH_ENABLED: 'true' };
        const all = { ...common, ...env, ATLAN_AUTH_URL: tokenUrl, DAPR_HTTP_ENDPOINT: dapr.url };
        await using client = new AtlanAuthClient({ env: all, logger: new RecordingLogger() });
        const outcome = await client.getToken().then(
          (token) => (token === oauth.issuedTokens.at(-1) ? 'found' : 'another token'),
          (error: unknown) => String(error).split('\n', 1)[0],
        );
        outcomes.push(`${release.version}, ${what}: ${outcome}`);
      }
    }
    expect(outcomes.length).toBeGreaterThan(30);
    expect(outcomes.filter((outcome) => !outcome.endsWith(': found'))).toEqual([]);
  });
});

import { discoverCredentials, environmentStore } from '@worker-auth/secret-store';
import { FakeDaprSidecar, MockOAuthServer } from '@worker-auth/testing-fakes';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { silentLogger } from '../../src/settings/loggers.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { families, type Row, type Variable } from '../../src/settings/setting.ts';
import { elsewhere, identity, place } from '../../src/settings/table.ts';

const page = join(import.meta.dirname, '../../../../docs/reference/environment.md');

const sections: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'Who the client is': identity,
  'Where Temporal is': place,
  'Secrets, profiles and the network': elsewhere,
};

/** The text of the page, but for its introduction made of the table. */
function pageText(): string {
  const rows = ({ option, variables, fallback, meaning }: Row): string => {
    const cells = families.map((family) =>
      variables
        .filter((variable) => variable.family === family)
        .map(({ name, isOf3 }) => `\`${name}\`${isOf3 === true ? ' (3)' : ''}`)
        .join(', '),
    );
    const options = option === '' ? '' : `\`${option.replaceAll(', ', '`, `')}\``;
    return `| ${[...cells, options, fallback, meaning].join(' | ')} |`;
  };
  const tables = Object.entries(sections).map(
    ([title, settings]) => `## ${title}

| ${[...families, 'option', 'default', 'meaning'].join(' | ')} |
| ${Array(6).fill('---').join(' | ')} |
${Object.values(settings).map(rows).join('\n')}`,
  );
  return `# Environment variables

Options win over the environment. An empty variable counts as one that is not set.

Five variables are enough for most programs: \`TEMPORAL_ADDRESS\`, \`TEMPORAL_NAMESPACE\`, \`WORKER_AUTH_TOKEN_URL\`, \`WORKER_AUTH_CLIENT_ID\` and \`WORKER_AUTH_CLIENT_SECRET\`.

There are three families. The neutral one is Temporal's own and ours. The other two are for programs that [come from Atlan's application-sdk](../../packages/temporal-auth/docs/migrate-from-python.md): what its releases 1 to 3 read, or 3 alone where \`(3)\` stands, and what its guide says.
Where several families name a setting, they must agree: an error names the two variables that do not. Within a family the first counts. The log and the [doctor](../../packages/temporal-auth/docs/doctor.md) name the family that counts.

Credentials that are configured switch authentication on. \`WORKER_AUTH_ENABLED=false\` switches it off, and the log says so once. It is \`true\` where a secret store has the credentials and nothing else says so.

${tables.join('\n\n')}

Names with lower case may be in upper case. [Proxy and certificates](../../packages/temporal-auth/docs/network.md#proxy-and-certificates) has the rules of the network; its variables may be in lower case, which wins.
`;
}

it('the page of the environment is that of the table; `-u` writes it anew', async () => {
  const options = await resolveConfig(page);
  await expect(await format(pageText(), { ...options, parser: 'markdown' })).toMatchFileSnapshot(page);
});

it('the migration guide has each variable of application-sdk and its guide, and what is said in its place', async () => {
  const guide = join(import.meta.dirname, '../../docs/migrate-from-python.md');
  const rows = Object.values(sections).flatMap((settings) => Object.values(settings));
  const cellOf = (variables: readonly Variable[]): string =>
    variables.map(({ name }) => `\`${name}\``).join(', ');
  const lines = rows.flatMap(({ variables, option }) => {
    const named = (family: Variable['family']) => variables.filter((variable) => variable.family === family);
    const [ofSdk, ofGuide] = [named('application-sdk'), named('application-sdk guide')];
    if (ofSdk.length + ofGuide.length === 0) return [];
    const optionCell = option === '' ? '' : `option \`${option.replaceAll(', ', '`, `')}\``;
    const older = ofSdk.filter(({ isOf3 }) => isOf3 !== true);
    const cells = [cellOf(older), cellOf(ofSdk), cellOf(ofGuide), cellOf(named('neutral')) || optionCell];
    return `| ${cells.join(' | ')} |`;
  });
  const heading = '| application-sdk 1 and 2 | application-sdk 3 | its guide alone | in new deployments |';
  const table = [heading, '| --- | --- | --- | --- |', ...lines].join('\n');
  const options = await resolveConfig(guide);
  const text = await format(table, { ...options, parser: 'markdown' });
  const page = await readFile(guide, 'utf8');
  const written = page.replace(/\| application-sdk 1 and 2 [^]*?\n\n/, () => `${text}\n`);
  expect(written).toContain(text);
  // `-u` writes it anew, as the page above.
  await expect(written).toMatchFileSnapshot(guide);
});

/** Variables in which each name is written down that is asked for. */
function recording(values: Readonly<Record<string, string>>, asked: Set<string>): NodeJS.ProcessEnv {
  const record = <T>(name: string | symbol, answer: T): T => {
    if (typeof name === 'string') asked.add(name);
    return answer;
  };
  return new Proxy<NodeJS.ProcessEnv>(values, {
    get: (target, name) => record(name, Reflect.get(target, name) as unknown),
    getOwnPropertyDescriptor: (target, name) => record(name, Reflect.getOwnPropertyDescriptor(target, name)),
    has: (target, name) => record(name, Reflect.has(target, name)),
  });
}

/** As the table writes them: an application has names of its own, and all may be in lower case. */
function asInTable(name: string): string {
  const key = /^ATLAN_(orders_client_\w+|atlan_auth_url)$/i.exec(name)?.[1];
  return key === undefined
    ? name.toUpperCase()
    : `ATLAN_${key.toLowerCase().replace('orders', '<app_name>')}`;
}

it('the table has each variable that the sources read, and no other', async () => {
  const asked = new Set<string>();
  await using oauth = await MockOAuthServer.start();
  await using dapr = await FakeDaprSidecar.start();
  const azure = { AZURE_FEDERATED_TOKEN_FILE: '/none', AZURE_CLIENT_ID: 'id', AZURE_TENANT_ID: 'tenant' };
  const assertion = { ATLAN_orders_client_id: 'id', ATLAN_orders_client_assertion_file: '/none' };
  for (const credentials of [azure, assertion, {}]) {
    const env = recording(credentials, asked);
    const found = discoverCredentials({ applicationName: 'orders', env, dapr: { startupTimeoutMs: 1 } });
    await found.get({ timeoutMs: 1_000 }).catch(() => undefined);
  }
  await environmentStore({ env: recording({}, asked) }).get('any');
  const switchedOn = {
    WORKER_AUTH_ENABLED: 'true',
    ATLAN_WORKFLOW_AUTH_URL: oauth.tokenUrl,
    HTTPS_PROXY: 'a:1',
  };
  const named = { ...switchedOn, ATLAN_APPLICATION_NAME: 'orders', DAPR_HTTP_ENDPOINT: dapr.url };
  await using auth = temporalAuth({
    env: recording({ ...named, ATLAN_TEMPORAL_TLS_ENABLED: 'true' }, asked),
    logger: silentLogger,
  });
  await auth.ready({ signal: AbortSignal.abort() }).catch(() => undefined);
  const read = new Set([...asked].filter((name) => !/^ATLAN_any$/i.test(name)).map(asInTable));
  // Temporal's package reads them all at once, of a profile.
  const ofProfile = /^(?:TEMPORAL_(?!ADDRESS|NAMESPACE)|ATLAN_workflow_tls)/;
  const all = Object.values(sections).flatMap((settings) => Object.values(settings));
  const names = all.flatMap(({ variables }) => variables).map(({ name }) => name);
  expect([...read].filter((name) => !ofProfile.test(name)).toSorted()).toEqual(
    [...new Set(names)].filter((name) => !ofProfile.test(name)).toSorted(),
  );
});

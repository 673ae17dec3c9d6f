import { discoverCredentials, environmentStore } from '@worker-auth/secret-store';
import { FakeDaprSidecar, MockOAuthServer } from '@worker-auth/testing-fakes';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatPage } from '@worker-auth/workspace/readme-section';
import { silentLogger } from '@worker-auth/calls/settings/loggers';
import { temporalAuth } from '../../src/plugin.ts';
import type { families, Row, Variable } from '@worker-auth/calls/settings/setting';
import { elsewhere, identity, place } from '@worker-auth/calls/settings/table';

const page = join(import.meta.dirname, '../../../../docs/reference/environment.md');

const [variables = ''] =
  /(?<=^```sh\n)export TEMPORAL_[^]*?(?=^```)/m.exec(
    readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8'),
  ) ?? [];

const sections: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'Who the client is': identity,
  'Where Temporal is': place,
  'Secrets, profiles and the network': elsewhere,
};

const allRows = Object.values(sections).flatMap((settings) => Object.values(settings));

function written(variables: readonly Variable[], between = ', '): string {
  return variables.map(({ name }) => `\`${name}\``).join(between);
}

/** What a family calls a setting. */
function namedBy({ variables }: Row, family: (typeof families)[number]): readonly Variable[] {
  return variables.filter((variable) => variable.family === family);
}

function optionOf({ option }: Row): string {
  return option === '' ? '' : `\`${option.replaceAll(', ', '`, `')}\``;
}

/** The names of application-sdk and of its guide beside ours. */
function theirNames(): string {
  const theirs = allRows.filter(({ variables }) => variables.some(({ family }) => family !== 'neutral'));
  const body = theirs.map((row) => {
    const ofSdk = namedBy(row, 'application-sdk');
    const older = ofSdk.filter(({ isOf3 }) => isOf3 !== true);
    const ours = written(namedBy(row, 'neutral')) || (row.option && `option ${optionOf(row)}`);
    const names = [older, ofSdk, namedBy(row, 'application-sdk guide')].map((each) => written(each));
    return [...names, ours].join(' | ');
  });
  const head = [
    'application-sdk 1 and 2 | application-sdk 3 | its guide alone | in new deployments',
    '--- | --- | --- | ---',
  ];
  return [...head, ...body].map((cells) => `| ${cells} |`).join('\n');
}

/** The text of the page, but for its introduction made of the table. */
function pageText(): string {
  const tables = Object.entries(sections).map(([title, settings]) => {
    const ours = Object.values(settings).filter((row) => namedBy(row, 'neutral').length > 0);
    const body = ours.map((row) =>
      [written(namedBy(row, 'neutral'), '<br>'), row.meaning, optionOf(row), row.fallback].join(' | '),
    );
    return `## ${title}

| variable | meaning | option | default |
| --- | --- | --- | --- |
${body.map((cells) => `| ${cells} |`).join('\n')}`;
  });
  return `# Environment variables

Options win over the environment. An empty variable counts as one that is not set.

Five variables are enough for most programs:

\`\`\`sh
${variables}\`\`\`

Credentials that are configured switch authentication on. \`WORKER_AUTH_ENABLED=false\` switches it off, and the log says so once. It is \`true\` where a secret store has the credentials and nothing else says so.

${tables.join('\n\n')}

[Proxy and certificates](../../packages/temporal-auth/docs/network.md#proxy-and-certificates) has the rules of the network; its variables may be in lower case, which wins.

## Names of the application-sdk

Programs that [come from Atlan's application-sdk](../../packages/temporal-auth/docs/migrate-from-python.md) may keep its names, those that its releases read and those of its guide.
Where several name a setting, they must agree: an error names the two variables that do not. The log and the [doctor](../../packages/temporal-auth/docs/doctor.md) say whose name it is.

<details>
<summary>All names</summary>

${theirNames()}

- \`postgres-extraction\` makes \`<app_name>\` \`postgres_extraction\`. Names with lower case may be in upper case.
- \`ATLAN_AUTH_BASE_URL\` is the address of a Keycloak with the realm \`default\`. \`ATLAN_AUTH_SCOPES\` has commas between the scopes.
${allRows
  .filter((row) => row.option === '' && namedBy(row, 'neutral').length === 0)
  .map((row) => `- ${written(row.variables)}: ${row.meaning}; default ${row.fallback}.`)
  .join('\n')}

</details>
`;
}

it('the page of the environment is that of the table; `-u` writes it anew', async () => {
  await expect(formatPage(page, pageText())).toMatchFileSnapshot(page);
});

it('the migration guide has each variable of application-sdk and its guide, and what is said in its place', async () => {
  const guide = join(import.meta.dirname, '../../docs/migrate-from-python.md');
  const text = formatPage(guide, theirNames());
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
  const names = allRows.flatMap(({ variables }) => variables).map(({ name }) => name);
  expect([...read].filter((name) => !ofProfile.test(name)).toSorted()).toEqual(
    [...new Set(names)].filter((name) => !ofProfile.test(name)).toSorted(),
  );
});

import { startAuthorizingTemporal, startKeycloak } from '@worker-auth/servers';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { firstScreens } from '../src/pages/book.ts';
import { pageTests } from '../src/pages/page-tests.ts';
import { type PageServers, startPageServers } from '../src/pages/servers.ts';
import { readPage } from '../src/pages/page.ts';

const path = 'packages/temporal-auth/README.md';

/** Keycloak, and a Temporal that takes its tokens alone, in the place of the fakes. */
async function startRealServers(): Promise<PageServers> {
  await using started = new AsyncDisposableStack();
  const fakes = started.use(await startPageServers());
  const keycloak = started.use(await startKeycloak());
  const client = await keycloak.createClient({
    ...{ clientId: 'stranger', lifespanSeconds: 300, permissions: ['default:write'] },
  });
  const temporal = started.use(
    await startAuthorizingTemporal({ jwksUrl: keycloak.jwksUrl, namespace: 'default' }),
  );
  const owned = started.move();
  const { tokenUrl } = keycloak;
  const oauth = { ...client, tokenUrl, issuer: tokenUrl.replace(/\/protocol\/.*/, '') };
  return {
    ...{ ...fakes, stack: { oauth, dapr: fakes.stack.dapr }, temporal: { address: temporal.address } },
    rejected: () => temporal.logTail(1_000).split('Authorization error').length - 1,
    endWorkflows: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

await describeWith(
  ['verdaccio', 'temporal-cli', 'keycloak', 'temporal-authorizer'],
  'a stranger who does what the first screen says, on a Keycloak,',
  () => {
    pageTests({ [path]: firstScreens[path] ?? {} }, startRealServers);
  },
);

it('has five variables on that screen, and one line of code in each program beside the import', async () => {
  const { blocks } = await readPage(path);
  const codeOf = (begin: string): string => blocks.find(({ code }) => code.startsWith(begin))?.code ?? '';
  expect(codeOf('export TEMPORAL_ADDRESS').trim().split('\n')).toHaveLength(5);
  expect(codeOf('# src/client.ts').match(/^\+ +.*auth = temporalAuth\(\);$/gm)).toHaveLength(2);
});

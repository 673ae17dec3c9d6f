/**
 * Measures how large this package is, as published, and how soon there are credentials, and writes both into its page of measurements. Run it with
 * `nx figures secret-store`.
 */
import { FakeDaprSidecar } from '@worker-auth/testing-fakes';
import { measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { writeStartTimes } from '@worker-auth/workspace/start-times';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const packageFolder = join(import.meta.dirname, '..');

await using sidecar = await FakeDaprSidecar.start({
  components: [
    {
      name: 'deployment-secret-store',
      type: 'secretstores.hashicorp.vault',
      secrets: { 'atlan-deployment-secrets': { app_client_id: 'id', app_client_secret: 'secret' } },
    },
  ],
});
const firstCredentials = (env: Readonly<Record<string, string>>): string => `
  const { discoverCredentials } = await import('@worker-auth/secret-store');
  await discoverCredentials({ applicationName: 'app', env: ${JSON.stringify(env)} }).get();`;
const programs = {
  'import of `@worker-auth/secret-store`': "await import('@worker-auth/secret-store');",
  'from the import to the first credentials, in the environment': firstCredentials({
    ATLAN_app_client_id: 'id',
    ATLAN_app_client_secret: 'secret',
  }),
  'the same, from a sidecar (a fake one)': firstCredentials({ DAPR_HTTP_ENDPOINT: sidecar.url }),
  'import of `@dapr/dapr`, which this package never loads': "await import('@dapr/dapr');",
};
await writeStartTimes(packageFolder, programs);
const kilobytes = Math.round(bytesUnder(join(packageFolder, 'publish')) / 1_024).toLocaleString('en');
const size = `Installed it takes ${kilobytes} KB, source maps and \`zod\` included.`;
await writeSection(measurementsPage('secret-store'), 'size', size);

function bytesUnder(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, entry) => sum + bytesUnder(join(path, entry)), 0);
}

import { Client, Connection } from '@temporalio/client';
import { discoverCredentials } from '@worker-auth/secret-store';
import { temporalAuth } from '@worker-auth/temporal-auth/client';
import { teamVault } from './team-vault.ts';

const { TEAM_VAULT_URL: url = '', TEAM_VAULT_API_KEY: apiKey = '' } = process.env;
const vault = { name: 'team vault', store: teamVault({ url, apiKey }) };

await using auth = temporalAuth({
  credentials: discoverCredentials({
    ...{ applicationName: 'reports', order: ['environment', vault], secretName: 'temporal-clients' },
  }),
});
const connection = await Connection.connect({ plugins: [auth] });
const client = new Client({ connection });
const { workflowId } = await client.workflow.start('report', { taskQueue: 'reports', workflowId: 'daily' });
console.log(`started ${workflowId} with the credentials from ${auth.health().auth.credentialsSource}`);
await connection.close();

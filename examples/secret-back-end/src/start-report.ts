import { Client, Connection } from '@temporalio/client';
import { temporalAuth } from '@worker-auth/temporal-auth/client';
import { teamVault } from './team-vault.ts';

const { TEAM_VAULT_URL: url = '', TEAM_VAULT_API_KEY: apiKey = '' } = process.env;
const vault = { name: 'team vault', store: teamVault({ url, apiKey }) };

await using auth = temporalAuth({
  applicationName: 'reports',
  discovery: { order: ['environment', vault], secretName: 'temporal-clients' },
});
const connection = await Connection.connect({ plugins: [auth] });
const client = new Client({ connection });
const { workflowId } = await client.workflow.start('report', { taskQueue: 'reports', workflowId: 'daily' });
console.log(`started ${workflowId} with the credentials from ${auth.health().auth.credentialsSource}`);
await connection.close();

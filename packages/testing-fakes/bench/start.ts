/** Measures how soon this package, as built, is there, and writes the table into its page of measurements. Run it with `nx bench testing-fakes`. */
import { writeStartTimes } from '@worker-auth/workspace/start-times';
import { join } from 'node:path';

const startServer = `
  const { MockOAuthServer } = await import('@worker-auth/testing-fakes');
  const { tokenUrl, clientId, clientSecret } = await MockOAuthServer.start();`;

await writeStartTimes(join(import.meta.dirname, '..'), {
  'import of `@worker-auth/testing-fakes`': "await import('@worker-auth/testing-fakes');",
  'from the import to a `MockOAuthServer` that listens': startServer,
  'from the import to its first token, by `fetch`': `${startServer}
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    await (await fetch(tokenUrl, { method: 'POST', body })).json();`,
});

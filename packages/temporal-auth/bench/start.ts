/** Measures how soon this package, as built, is there, and writes the table into its page of measurements. Run it with `nx bench temporal-auth`. */
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { writeStartTimes } from '@worker-auth/workspace/start-times';
import { join } from 'node:path';
import { authOptions } from '@worker-auth/calls/tests/auth-options';

await using oauth = await MockOAuthServer.start();
const firstToken = (entry: string): string => `
  const { AtlanAuthClient } = await import('${entry}');
  await new AtlanAuthClient(${JSON.stringify(authOptions(oauth))}).getAccessToken();`;

await writeStartTimes(join(import.meta.dirname, '..'), {
  'import of `@temporalio/client` alone, for comparison': "await import('@temporalio/client');",
  'import of `@worker-auth/temporal-auth/client`': "await import('@worker-auth/temporal-auth/client');",
  'import of `@worker-auth/temporal-auth`': "await import('@worker-auth/temporal-auth');",
  'from the import of `@worker-auth/temporal-auth/client` to the first token': firstToken(
    '@worker-auth/temporal-auth/client',
  ),
  'from the import of `@worker-auth/temporal-auth` to the first token': firstToken(
    '@worker-auth/temporal-auth',
  ),
});

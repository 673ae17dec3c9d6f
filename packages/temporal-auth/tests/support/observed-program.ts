// Run in a process of its own, where no SDK is registered: gets a token, and says what of OpenTelemetry is loaded then.
import { createRequire } from 'node:module';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { authOptions } from './auth-options.ts';
import { AtlanAuthClient } from '../../src/index.ts';

const [isObserved = 'no'] = process.argv.slice(2);
const oauth = await MockOAuthServer.start();
const auth = new AtlanAuthClient(authOptions(oauth));
if (isObserved === 'observed') {
  const { observe } = await import('../../src/opentelemetry.ts');
  observe(auth);
}
await auth.getAccessToken();
await auth.stop();
await oauth.stop();

const loaded = Object.keys(createRequire(import.meta.url).cache);
const names = loaded.map((path) => /\/node_modules\/(@opentelemetry\/[^/]+)\//.exec(path)?.[1] ?? []).flat();
console.log(JSON.stringify({ tokens: oauth.issuedTokens.length, modules: [...new Set(names)] }));

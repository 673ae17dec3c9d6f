// Run in a process of its own, where no SDK is registered: gets a token, and says what of OpenTelemetry is loaded then.
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  load: (url, context, nextLoad) => {
    const [, name] = /\/node_modules\/(@opentelemetry\/[^/]+)\//.exec(url) ?? [];
    if (name !== undefined) loaded.add(name);
    return nextLoad(url, context);
  },
});

// From here on everything is seen, as a static import would not be.
const { MockOAuthServer } = await import('@worker-auth/testing-fakes');
const { AtlanAuthClient } = await import('../../src/index.ts');
const { authOptions } = await import('./auth-options.ts');

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

console.log(JSON.stringify({ tokens: oauth.issuedTokens.length, modules: [...loaded] }));

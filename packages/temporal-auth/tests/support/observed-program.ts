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
const { getObservedToken } = await import('./observed-token.ts');

const [isObserved = 'no'] = process.argv.slice(2);
const tokens = await getObservedToken(isObserved === 'observed');
console.log(JSON.stringify({ tokens, modules: [...loaded] }));

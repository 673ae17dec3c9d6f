import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({
  load: (url, context, nextLoad) => {
    if (url.startsWith('file:')) loaded.push(url);
    return nextLoad(url, context);
  },
});
const { TokenManager } = await import('@worker-auth/token-manager');
const byImport = [...loaded];
const [tokenUrl, clientId, clientSecret] = process.argv.slice(2);
const token = await new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } }).getToken();
console.log(JSON.stringify({ token, byImport, byToken: loaded.slice(byImport.length) }));

// Run in a process of its own: what is said of the servers that it leaves running.
import { TemporalAuthGateway } from '../../src/gateway/temporal-auth-gateway.ts';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { ConnectProxy } from '../../src/server/connect-proxy.ts';
import { fakeStack } from '../../src/stack/fake-stack.ts';

const starts: Readonly<Record<string, () => Promise<{ stop(): Promise<void> }>>> = {
  oauth: async () => await MockOAuthServer.start({ clientSecret: 'hunter2' }),
  gateway: async () =>
    await TemporalAuthGateway.start({ upstream: '127.0.0.1:1', jwks: 'http://127.0.0.1:1' }),
  proxy: async () => await ConnectProxy.start({ routes: {}, login: 'me:hunter2' }),
  stack: async () => await fakeStack(),
};

const [which = '', end = ''] = process.argv.slice(2);
const server = await starts[which]?.();
switch (end) {
  case 'exit':
    process.exit(3);
  // eslint-disable-next-line no-fallthrough -- `exit` does not return
  case 'wait':
    console.log('waiting');
    break;
  case 'stop':
    await server?.stop();
}

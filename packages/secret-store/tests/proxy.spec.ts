import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LoopbackServer } from '@worker-auth/testing-fakes';
import { expect, it, onTestFinished } from 'vitest';
import { component, startFake } from './support.ts';

it.each([
  ['on this machine', '127.0.0.1'],
  // Another name of this machine, which nothing here knows as one.
  ['elsewhere', '0.0.0.0'],
])(
  'a sidecar %s is reached past the proxy that NODE_USE_ENV_PROXY names, token and secret with it',
  async (_where, host) => {
    const seen: string[] = [];
    const proxy = await LoopbackServer.start((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(502).end();
    });
    onTestFinished(() => proxy.stop());
    const { fake, url } = await startFake({
      apiToken: 'the-token',
      components: [
        { name: component, type: 'secretstores.hashicorp.vault', secrets: { wanted: { field: 'value' } } },
      ],
    });
    const program = `
    const { daprStore } = await import('@worker-auth/secret-store');
    console.log((await daprStore({ startupTimeoutMs: 2_000 }).get('wanted')).field);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@worker-auth/source', '--input-type=module', '--eval', program],
      {
        cwd: import.meta.dirname,
        env: {
          ...process.env,
          ...{ DAPR_HTTP_ENDPOINT: url.replace('127.0.0.1', host), DAPR_API_TOKEN: 'the-token' },
          ...{ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, NO_PROXY: '', no_proxy: '' },
        },
      },
    );
    expect(stdout.trim()).toBe('value');
    expect(fake.requestsTo('/secrets/')).toHaveLength(1);
    expect(seen).toEqual([]);
  },
);

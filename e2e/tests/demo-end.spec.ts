import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { DemoProcess } from '../src/fixtures/demo-process.ts';

const longRun = ['--seconds', '600'];
/** As it is promised, whatever is broken. */
const endsWithinSeconds = 15;

describe('npm start with an OAuth server that is broken from the first second', () => {
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    const oauth = createServer((_request, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(oauth, 'listening');
    env = {
      WORKER_AUTH_TOKEN_URL: `http://127.0.0.1:${(oauth.address() as AddressInfo).port}/token`,
      ...{ WORKER_AUTH_CLIENT_ID: 'worker', WORKER_AUTH_CLIENT_SECRET: 's3cret' },
    };
    return async () => {
      oauth.close();
      oauth.closeAllConnections();
      await once(oauth, 'close');
    };
  });

  it('ends by SIGTERM, with its servers, and says what came of it', async () => {
    await using demo = new DemoProcess(longRun, env);
    await demo.printed(/503/);
    const { code, seconds } = await demo.endBy('SIGTERM');
    expect(code, demo.output).toBe(1);
    expect(seconds, demo.output).toBeLessThan(endsWithinSeconds);
    expect(demo.output).toMatch(/\nNo workflow was started: it ended before the worker ran\.\n$/);
  });
});

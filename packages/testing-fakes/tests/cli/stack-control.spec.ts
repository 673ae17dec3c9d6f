import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startControl } from '../../src/cli/stack-control.ts';
import { SteppedClock } from '../../src/cli/stepped-clock.ts';
import { fakeStack, type FakeStack, type FakeStackOptions } from '../../src/stack/fake-stack.ts';
import { FrontendCaller } from '../support/frontend-caller.ts';

interface Controlled {
  readonly stack: FakeStack;
  readonly lines: readonly string[];
  readonly url: string;
  /** Sends a command; gives the status and the response. */
  readonly send: (command: string, given?: object) => Promise<readonly [number, unknown]>;
}

async function start(options: FakeStackOptions = {}): Promise<Controlled> {
  const clock = new SteppedClock();
  const stack = await fakeStack({ ...options, clock });
  const lines: string[] = [];
  const control = await startControl({ stack, clock, port: 0, log: (line) => lines.push(line) });
  onTestFinished(async () => {
    await control.stop();
    await stack.stop();
  });
  const send = async (command: string, given: object = {}): Promise<readonly [number, unknown]> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${control.url}/${command}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(given),
    });
    return [response.status, await response.json()];
  };
  return { stack, lines, url: control.url, send };
}

function askForToken({ oauth }: FakeStack, secret = oauth.clientSecret): Promise<Response> {
  const form = { grant_type: 'client_credentials', client_id: oauth.clientId, client_secret: secret };
  return fetch(oauth.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
}

async function describeNamespace({ frontend }: FakeStack, token: string): Promise<status> {
  using caller = new FrontendCaller(frontend?.address ?? '', token);
  return (await caller.call('describeNamespace', { namespace: 'default' })).code;
}

describe('the control of a stack', () => {
  it('injects a fault, and says when it was not met', async () => {
    const { stack, send } = await start();
    expect(await send('inject-fault', { server: 'oauth', fault: 'unavailable503', times: 2 })).toEqual([
      200,
      {},
    ]);
    expect((await askForToken(stack)).status).toBe(503);
    expect(await send('assert-done')).toEqual([
      400,
      { error: 'not used: a response with status 503 at token' },
    ]);
    expect((await askForToken(stack)).status).toBe(503);
    expect(await send('assert-done', { server: 'oauth' })).toEqual([200, {}]);
    expect((await askForToken(stack)).status).toBe(200);
  });

  it('breaks each server until it is told to recover', async () => {
    const { stack, send } = await start({ frontend: true });
    await send('fail-with', { server: 'dapr', fault: { status: 500 }, endpoint: 'secrets' });
    await send('fail-with', { server: 'temporal', fault: 'unavailable', method: 'DescribeNamespace' });
    const read = (): Promise<Response> =>
      fetch(`${stack.dapr.url}/v1.0/secrets/deployment-secret-store/atlan-deployment-secrets`);
    const token = stack.oauth.mintToken();
    expect((await read()).status).toBe(500);
    expect(await describeNamespace(stack, token)).toBe(status.UNAVAILABLE);
    await send('recover', { server: 'dapr' });
    expect((await read()).status).toBe(200);
    expect(await describeNamespace(stack, token)).toBe(status.UNAVAILABLE);
    await send('recover');
    expect(await describeNamespace(stack, token)).toBe(status.OK);
  });

  it('rotates the secret at both ends, and shows it nowhere', async () => {
    const { stack, send, lines } = await start();
    const before = stack.oauth.clientSecret;
    expect(await send('rotate-secret')).toEqual([200, {}]);
    expect((await askForToken(stack, before)).status).toBe(401);
    expect((await askForToken(stack)).status).toBe(200);
    const beforeTheSecond = stack.oauth.clientSecret;
    await send('rotate-secret', { keepOld: true });
    expect((await askForToken(stack, beforeTheSecond)).status).toBe(200);
    expect(lines.join('\n')).toMatch(/ control rotate-secret\n.* control rotate-secret$/);
    expect(lines.join('\n')).not.toContain(before);
  });

  it('rotates the signing key', async () => {
    const { stack, send } = await start();
    const [, answer] = await send('rotate-keys', { keepOld: false, alg: 'ES256' });
    expect(stack.oauth.signingKeys).toMatchObject([
      { state: 'withdrawn', alg: 'RS256' },
      { ...(answer as { kid: string }), alg: 'ES256', isCurrent: true },
    ]);
  });

  it('expires the tokens that there are, and no later one', async () => {
    const { stack, send } = await start({ frontend: true, oauth: { lifetimeSeconds: 60 } });
    const token = stack.oauth.mintToken();
    expect(await describeNamespace(stack, token)).toBe(status.OK);
    expect(await send('expire-tokens')).toEqual([200, {}]);
    expect(await describeNamespace(stack, token)).toBe(status.PERMISSION_DENIED);
    expect(stack.frontend?.calls.at(-1)?.reason).toBe('expired');
    expect(await describeNamespace(stack, stack.oauth.mintToken())).toBe(status.OK);
  });

  it('lists its commands, and where the stack is', async () => {
    const { stack, url } = await start();
    expect(await (await fetch(url)).json()).toEqual({
      commands: [
        ...['inject-fault', 'fail-with', 'recover', 'assert-done'],
        ...['rotate-secret', 'rotate-keys', 'expire-tokens'],
      ],
      env: stack.env,
    });
  });

  it.each([
    ['inject-faults', {}, 404, 'There is no command "inject-faults": did you mean inject-fault?'],
    [
      'inject-fault',
      { server: 'oauth', fault: 'unavailible503' },
      400,
      'There is no fault "unavailible503": did you mean unavailable503?',
    ],
    [
      'inject-fault',
      { server: 'oath', fault: 'html200' },
      400,
      'There is no server "oath": did you mean oauth?',
    ],
    ['inject-fault', { fault: 'html200' }, 400, 'server must be a name; received nothing'],
    [
      'inject-fault',
      { server: 'temporal', fault: 'throttled' },
      400,
      'The stack has no Temporal: start it with --frontend or --upstream',
    ],
    [
      'fail-with',
      { server: 'dapr', fault: { status: 500 }, place: 'x' },
      400,
      'fail-with has no option place',
    ],
    ['rotate-secret', { keepold: true }, 400, 'did you mean keepOld?'],
    ['expire-tokens', { of: 'all' }, 400, 'expire-tokens has no option of'],
    ['recover', { servers: 'oauth' }, 400, 'did you mean server?'],
    ['recover', [], 400, 'The arguments must be an object'],
  ])('rejects %s with %j', async (command, given, code, error) => {
    const { send } = await start();
    expect(await send(command, given)).toEqual([code, { error: expect.stringContaining(error) as string }]);
  });

  const json = { 'content-type': 'application/json' };
  it.each([
    [{ method: 'POST', body: '{}' }, 415, 'The arguments are JSON: send Content-Type: application/json'],
    [{ method: 'GET' }, 405, 'recover is sent by POST'],
    [{ method: 'POST', body: '{', headers: json }, 400, 'The arguments are no JSON'],
    [{ method: 'POST', body: 'null', headers: json }, 400, 'The arguments must be an object'],
    [{ method: 'POST', body: '5', headers: json }, 400, 'The arguments must be an object'],
  ])('rejects what is no command: %j', async (request, code, error) => {
    const { url } = await start();
    const response = await fetch(`${url}/recover`, request);
    expect([response.status, response.headers.get('content-type')]).toEqual([code, 'application/json']);
    expect(await response.json()).toEqual({ error });
  });

  it('takes a command without arguments', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/recover`, { method: 'POST', headers: json });
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect((await fetch(url, { method: 'POST', headers: json })).status).toBe(404);
  });
});

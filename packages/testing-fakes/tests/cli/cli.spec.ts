import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CliProcess } from '../support/cli-process.ts';
import { python } from '../support/python.ts';

const askForToken = `
import base64, json, os, urllib.parse, urllib.request
form = urllib.parse.urlencode({'grant_type': 'client_credentials', 'client_id': 'demo', 'client_secret': 'hunter2'})
with urllib.request.urlopen(os.environ['TOKEN_URL'], form.encode()) as answer:
    token = json.load(answer)['access_token']
claims = token.split('.')[1]
print(json.loads(base64.urlsafe_b64decode(claims + '=' * (-len(claims) % 4)))['sub'])
`;

it('a Python program gets a token from the OAuth server, and the terminal shows the request', async () => {
  await using cli = new CliProcess(['oauth', '--port', '0', '--client', 'demo:hunter2']);
  const tokenUrl = await cli.printed(/(http:\S+\/token)/);
  expect(await python(askForToken, { TOKEN_URL: tokenUrl })).toBe('demo');
  await cli.printed(/POST \/token .*\bdemo\b.* 200/);
  expect(await cli.interrupt()).toBe(0);
  expect(cli.output).not.toContain('hunter2');
});

const findSecretAndToken = `
import json, os, urllib.parse, urllib.request
store = os.environ['DAPR_HTTP_ENDPOINT'] + '/v1.0/secrets/deployment-secret-store'
secret = json.load(urllib.request.urlopen(store + '/atlan-deployment-secrets'))
form = {'grant_type': 'client_credentials', 'client_id': secret['my_app_client_id'], 'client_secret': secret['my_app_client_secret']}
answer = urllib.request.urlopen(os.environ['WORKER_AUTH_TOKEN_URL'], urllib.parse.urlencode(form).encode())
print('a token for', json.load(answer)['expires_in'], 'seconds', os.environ['TEMPORAL_ADDRESS'].startswith('127.0.0.1:'))
`;

it('a Python program that runs in the stack finds its secret and gets a token; its exit code is that of the stack', async () => {
  await using cli = new CliProcess([
    ...['stack', '--application', 'my-app', '--client', 'demo:hunter2', '--lifetime', '60', '--frontend'],
    ...['--', 'python3', '-c', `${findSecretAndToken}raise SystemExit(3)`],
  ]);
  expect(await cli.exitCode()).toBe(3);
  expect(cli.stdout).toBe('a token for 60 seconds True\n');
  expect(cli.output).toMatch(/^export WORKER_AUTH_TOKEN_URL=http:\S+\/token$/m);
  expect(cli.output).toMatch(/GET \/v1\.0\/secrets\/\S+ 200$/m);
  expect(cli.output).toMatch(/POST \/token demo client_secret_post 200/);
  expect(cli.output).not.toContain('hunter2');
});

it('a Python program breaks the stack that it runs in, as the page of the command line shows', async () => {
  const page = await readFile(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
  const [, code = '', output = ''] = /^```python\n(.*?)^```$.*?^```text\n(.*?)^```$/ms.exec(page) ?? [];
  await using cli = new CliProcess(['stack', '--', 'python3', '-c', code]);
  expect(await cli.exitCode()).toBe(0);
  expect(cli.stdout).toBe(output);
  expect(cli.output).toMatch(/^\{"control":"http:\/\/127\.0\.0\.1:\d+"\}$/m);
  expect(cli.output).toMatch(/control inject-fault$/m);
});

it('a command line that makes no sense ends with 2', async () => {
  await using cli = new CliProcess(['oauth', '--client', 'hunter2']);
  expect(await cli.exitCode()).toBe(2);
  expect(cli.output).toBe('error: --client must be id:secret\n');
});

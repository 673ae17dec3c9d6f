import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { stackServers } from '../src/fixtures/real-stack.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const options = ['--application', 'My-App', '--component', 'vault', '--secret', 'team/credentials'];

await describeWith(stackServers, 'npm start on the real stack', () => {
  it('the environment that "npm run servers -- up" prints is all that npm start needs', async () => {
    const printed = await serversUp(options);
    expect(printed).toMatchObject({
      WORKER_AUTH_APPLICATION: 'My-App',
      WORKER_AUTH_SECRET_COMPONENT: 'vault',
      WORKER_AUTH_SECRET_NAME: 'team/credentials',
    });
    const { PATH, HOME } = process.env;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@worker-auth/source', fileOf('../src/demo/main.ts'), '--seconds', '3'],
      { env: { PATH, HOME, ...printed } },
    );
    expect(stdout).toContain('Credentials  Dapr secret store component "vault"');
    expect(stdout).toMatch(/Workflows +([1-9]\d*) started, \1 completed/);
    // Five servers start for it, and a demonstration.
  }, 900_000);
});

/** Runs `npm run servers -- up` until the test is over. @returns the variables that it prints */
async function serversUp(args: readonly string[]): Promise<Record<string, string>> {
  const cli = fileOf('../../tools/servers/src/cli.ts');
  const child = spawn(process.execPath, [cli, 'up', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
  });
  const variables: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) variables[name] = value;
    if (line.startsWith('Ctrl-C')) return variables;
  }
  throw new Error('"npm run servers -- up" has ended by itself');
}

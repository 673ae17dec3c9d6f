import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestCertificateFolder } from '@worker-auth/testing-fakes';
import { expect, it, onTestFinished } from 'vitest';
import { openDiagnosisScene, openLenientScene } from '../support/diagnosis.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** A process that runs for longer hangs, and is killed. */
const hungMs = 20_000;

/** The program in a process of its own, as a person runs it. */
function runProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const node = ['--conditions=@worker-auth/source', cli, ...args];
  return new Promise((resolve) => {
    const { NODE_COMPILE_CACHE } = process.env;
    const options = { env: { NODE_COMPILE_CACHE, ...env }, timeout: hungMs, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, node, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

it('the program has Node warn of nothing where Temporal is reached over TLS by its address', async () => {
  await using scene = await openLenientScene({ tls: true });
  await using folder = await TestCertificateFolder.create();
  await folder.issue();
  const args = ['doctor', '--timeout', '60', '--tls-ca', folder.files.caFile];
  expect(await runProcess(args, scene.env)).toMatchObject({ code: 0, stderr: '' });
});

it('the program ends by itself, with the exit code, and without colours where there is no terminal', async () => {
  await using scene = await openDiagnosisScene();
  const good = await runProcess(['doctor', '--timeout', '60'], scene.env);
  expect(good.code).toBe(0);
  expect(good.stdout).toMatch(/✓ All checks passed\n$/);
  expect(good.stdout).not.toContain('\u001b');
  expect(
    await runProcess(['doctor', '--timeout', '60'], { ...scene.env, ATLAN_WORKFLOW_PORT: 'none' }),
  ).toMatchObject({
    code: 3,
  });
});

it('the program rejects a pipe as --tls-ca, and waits for nobody who writes into it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'ca.pem');
  execFileSync('mkfifo', [file]);
  expect(await runProcess(['doctor', '--tls-ca', file], {})).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining(`--tls-ca: ${file} cannot be read (ENOTFILE)`) as string },
  });
});

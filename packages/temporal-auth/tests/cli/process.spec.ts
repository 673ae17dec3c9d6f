import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TestCertificateFolder } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { openDiagnosisScene, openLenientScene } from '../support/diagnosis.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The program in a process of its own, as a person runs it. */
function runProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const node = ['--conditions=@worker-auth/source', cli, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, node, { env }, (error, stdout, stderr) => {
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
    await runProcess(['doctor', '--timeout', '60'], { ...scene.env, ATLAN_APPLICATION_NAME: '' }),
  ).toMatchObject({
    code: 3,
  });
});

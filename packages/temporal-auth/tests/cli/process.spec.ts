import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openDiagnosisScene } from '../support/diagnosis.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The program in a process of its own, as a person runs it. */
function runProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; stdout: string }> {
  const node = ['--conditions=@worker-auth/source', cli, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, node, { env }, (error, stdout) => {
      resolve({ code: error === null ? 0 : error.code, stdout });
    });
  });
}

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

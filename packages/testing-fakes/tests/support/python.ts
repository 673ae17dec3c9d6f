import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a Python program prints that knows nothing but the standard library. */
export async function python(code: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)('python3', ['-c', code], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout.trim();
}

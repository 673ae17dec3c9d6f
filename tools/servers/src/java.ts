import { join } from 'node:path';
import { findOnPath, isExecutable, runCommand } from './command.ts';

const oldest = 17;

/** @returns why Keycloak cannot run on this machine's Java, in words; undefined when it can */
export async function javaObstacle(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const home = env['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : await findOnPath('java', env);
  if (java === undefined || !(await isExecutable(java))) {
    return `there is no Java: install version ${oldest} or newer and put it on PATH or in JAVA_HOME`;
  }
  try {
    const version = await readVersion(java);
    if (version >= oldest) return undefined;
    return `${java} is Java ${version}: version ${oldest} or newer is needed`;
  } catch (error) {
    // macOS has a "java" that only says that there is none.
    return `${java} does not run: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** `openjdk version "17.0.15" 2025-04-15`; before 9 it was `1.8.0_292`. */
async function readVersion(java: string): Promise<number> {
  const output = await runCommand(java, ['-version']);
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  return Number(first === '1' ? second : first);
}

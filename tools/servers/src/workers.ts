import { dirname, join } from 'node:path';
import { javaFolder } from './maven.ts';
import { findProgram } from './programs.ts';

/** A plain worker in Go: the path of its program. */
export async function goWorker(): Promise<string> {
  return (await findProgram('temporal-go')).path;
}

/** A plain worker in Java: its command line, but for its own arguments. Java compiles it when it starts. */
export async function javaWorker(): Promise<readonly string[]> {
  const { path } = await findProgram('temporal-java');
  return ['java', '-cp', join(dirname(path), '*'), join(javaFolder, 'SteadyWorker.java')];
}

/** A Python that has Temporal's SDK: the path of its program. */
export async function pythonWithTemporal(): Promise<string> {
  return (await findProgram('temporalio')).path;
}

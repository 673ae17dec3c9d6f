import { cleanEnvironment } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BundledProject } from './bundled-project.ts';

type Environment = Readonly<Record<string, string>>;

/** As a service is written that starts workflows and runs none. The profile is read by an optional peer, which is not bundled. */
export const clientProgram = `import { Client, Connection } from '@temporalio/client';
import { environment, temporalAuth } from '@worker-auth/temporal-auth/client';
const auth = temporalAuth({ credentials: environment({ application: 'order-service' }), profile: true });
const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'], plugins: [auth] });
const client = new Client({ connection });
const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace: 'default' });
console.log(namespaceInfo.name);
await connection.close();
await auth.close();
`;

/** Writes a program that prints the names that each entry exports. */
export function namesProgram({ entries, write }: BundledProject): Promise<string> {
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const names = entries.map((entry, index) => `'${entry}': Object.keys(entry${index}).sort()`);
  return write('names.js', `${imports.join('\n')}\nconsole.log(JSON.stringify({ ${names.join(', ')} }));\n`);
}

/** What a program of a Node prints. */
export async function outputOf(
  file: string,
  cwd: string,
  env: Environment = {},
  node = process.execPath,
  args: readonly string[] = [],
): Promise<string> {
  const settings = { cwd, env: { ...cleanEnvironment(), ...env }, timeout: 120_000 };
  return (await promisify(execFile)(node, [file, ...args], settings)).stdout.trim();
}

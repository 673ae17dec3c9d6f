import { once } from 'node:events';
import { lacking } from './availability.ts';
import { catalogue, isProgramName, type ProgramName, serverNames } from './catalogue.ts';
import { obtain, UnavailableError } from './lookup.ts';
import { startStack } from './stack.ts';
import { statusTable } from './status.ts';
import { withProgress } from './progress.ts';

const usage = `npm run servers                    what is here, which version, from where, and what is missing
npm run servers -- fetch [NAME...] gets what is missing (${serverNames.join(', ')})
npm run servers -- up              starts Keycloak, OpenBao, daprd and Temporal until Ctrl-C`;

const [command, ...names] = process.argv.slice(2);
process.exitCode = await run(command, names);

async function run(command: string | undefined, names: readonly string[]): Promise<number> {
  switch (command) {
    case undefined:
      console.log(await statusTable());
      return 0;
    case 'fetch':
      return names.every(isProgramName) ? await fetchAll(names) : fail();
    case 'up':
      return names.length === 0 ? await up() : fail();
    case '--help':
      console.log(usage);
      return 0;
    default:
      return fail();
  }
}

function fail(): number {
  console.error(usage);
  return 2;
}

async function fetchAll(names: readonly ProgramName[]): Promise<number> {
  let failures = 0;
  for (const name of names.length === 0 ? serverNames : names) {
    try {
      const { version, from, path } = await obtain(catalogue[name]());
      console.log(`${name} ${version} from ${from}: ${path}`);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      console.error(error.message);
      failures++;
    }
  }
  return failures === 0 ? 0 : 1;
}

async function up(): Promise<number> {
  const interrupted = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const reason = await lacking('keycloak', 'openbao', 'daprd', 'temporal-authorizer');
  if (reason !== undefined) {
    console.error(reason);
    return 1;
  }
  const starting = withProgress('Starting Keycloak, OpenBao, daprd and Temporal', () => startStack());
  await using stack = await starting;
  const { keycloak, openBao, daprd, temporal } = stack;
  console.log(`
Keycloak      ${keycloak.url} (user admin, password ${keycloak.adminPassword})
OpenBao       ${openBao.url} (token ${openBao.token})
daprd ${daprd.version}   ${daprd.url}
Temporal      ${temporal.address}
Temporal UI   ${temporal.uiUrl ?? ''}

Paste this where an application named "demo" runs:

${Object.entries(stack.env)
  .map(([name, value]) => `export ${name}=${value}`)
  .join('\n')}

Ctrl-C ends them.`);
  await interrupted;
  console.log('Ending them ...');
  return 0;
}

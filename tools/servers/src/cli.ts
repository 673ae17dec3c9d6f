import { once } from 'node:events';
import { lacking } from './availability.ts';
import { obtain, UnavailableError } from './lookup.ts';
import { exportLines, nameHelp, nameOptions, type Names, readNames } from './names.ts';
import { places, type ProgramName, programNames } from './programs.ts';
import { startStack } from './stack.ts';
import { statusTable } from './status.ts';
import { withProgress } from './progress.ts';
import { parseCommandLine, UsageError } from './usage-error.ts';

/** What `fetch` gets when no name is given: all but the Go toolchain, which a build fetches when it needs it. */
const serverNames = programNames.filter((name) => name !== 'go');

const usage = `npm run servers                    what is here, which version, from where, and what is missing
npm run servers -- fetch [NAME...] gets what is missing (${serverNames.join(', ')})
npm run servers -- up [OPTIONS]    starts Keycloak, OpenBao, daprd and Temporal until Ctrl-C

${nameHelp}`;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`npm run servers: ${error.message}; "npm run servers -- --help" tells more`);
  process.exitCode = 2;
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine({
    args,
    options: { ...nameOptions, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  const { help, ...names } = values;
  const [command, ...programs] = positionals;
  if (help === true) {
    console.log(usage);
    return 0;
  }
  if (command === 'up' && programs.length === 0) return await up(readNames(names, process.env));
  const [option] = Object.keys(names);
  if (option !== undefined) throw new UsageError(`--${option} is an option of "up" alone`);
  if (command === undefined) {
    console.log(await statusTable(Object.fromEntries(programNames.map((name) => [name, places(name)]))));
    return 0;
  }
  if (command !== 'fetch') throw new UsageError(`there is no command "${positionals.join(' ')}"`);
  return await fetchAll(programs.map(programName));
}

function programName(name: string): ProgramName {
  const known = programNames.find((each) => each === name);
  if (known !== undefined) return known;
  throw new UsageError(`there is no server "${name}"`);
}

/** All at a time: one downloads while another compiles. */
async function fetchAll(names: readonly ProgramName[]): Promise<number> {
  const wanted = names.length === 0 ? serverNames : names;
  const isThere = await Promise.all(wanted.map(fetchOne));
  return isThere.every(Boolean) ? 0 : 1;
}

async function fetchOne(name: ProgramName): Promise<boolean> {
  try {
    const { version, from, path } = await obtain(places(name));
    console.log(`${name} ${version} from ${from}: ${path}`);
    return true;
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    console.error(error.message);
    return false;
  }
}

async function up(names: Names): Promise<number> {
  const interrupted = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const reason = await lacking('keycloak', 'openbao', 'daprd', 'temporal-authorizer');
  if (reason !== undefined) {
    console.error(reason);
    return 1;
  }
  const starting = withProgress('Starting Keycloak, OpenBao, daprd and Temporal', () => startStack(names));
  await using stack = await starting;
  const { keycloak, openBao, daprd, temporal } = stack;
  console.log(`
Keycloak      ${keycloak.url} (user admin, password ${keycloak.adminPassword})
OpenBao       ${openBao.url} (token ${openBao.token})
daprd ${daprd.version}   ${daprd.url}
Temporal      ${temporal.address}
Temporal UI   ${temporal.uiUrl ?? ''}

Paste this where "${names.applicationName}" runs, or "npm start":

${exportLines(stack.env)}

Ctrl-C ends them.`);
  await interrupted;
  console.log('Ending them ...');
  return 0;
}

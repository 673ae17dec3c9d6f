import { Connection } from '@temporalio/client';
import type { DiagnoseOptions } from '@worker-auth/temporal-auth';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { AgentProcess } from '../agent/agent-process.ts';
import { askSocket } from '../agent/ask-socket.ts';
import { eventually } from '../fixtures/eventually.ts';
import { Cell } from './cell.ts';
import { bareCalls, diagnoseWell, startOver } from './doors.ts';
import type { Row } from './table.ts';

type Variables = (cell: Cell) => Readonly<Record<string, string>>;

const run = promisify(execFile);

/** Of an application that finds its credentials in the environment. */
const inEnvironment: Variables = ({ variables, credentials: { clientId, clientSecret } }) => ({
  ...variables,
  ATLAN_postgres_extraction_client_id: clientId,
  ATLAN_postgres_extraction_client_secret: clientSecret,
});

/** Of one whose credentials a sidecar has. */
const inDapr: Variables = ({ variables, daprVariables }) => ({ ...variables, ...daprVariables });

/** An agent of a cell, and where it listens. */
interface Agent {
  readonly cell: Cell;
  readonly process: AgentProcess;
  /** `unix:…`, or the address of the line that it writes. */
  readonly address: string;
  readonly bearerFile: string;
  /** Where workers find Temporal. */
  readonly proxyAddress: string;
  /** What they present there. */
  readonly workerBearerFile: string;
}

const opened = new AsyncDisposableStack();
const agents = new Map<Variables, Promise<Agent>>();

/** Ends the agents, which the rows share. */
export async function endAgents(): Promise<void> {
  await opened.disposeAsync();
}

/** One agent with its credentials in the environment, which listens at a port, and one with a sidecar, at a socket. */
async function openAgent(variables: Variables): Promise<Agent> {
  const cell = opened.use(await Cell.open());
  const [address, bearerFile, out] = ['agent.sock', 'bearer', 'token'].map((name) =>
    join(cell.folder.path, name),
  );
  const socket = `unix:${address}`;
  const isPort = variables === inEnvironment;
  const details = join(cell.folder.path, 'details.json');
  const workerBearerFile = join(cell.folder.path, 'worker-bearer');
  const listen = isPort ? ['127.0.0.1:0', '--bearer-file', String(bearerFile)] : [socket];
  const tokens = ['--details', details, '--scope', 'a', '--audience', 'b', '--sparing'];
  const proxy = ['--proxy', '127.0.0.1:0', '--worker-bearer-file', workerBearerFile];
  const args = ['--listen', ...listen, ...proxy, ...tokens];
  const process = opened.use(new AgentProcess({ env: variables(cell), out: String(out), args }));
  await eventually('the token of the agent', async () => (await process.token()) !== undefined);
  const proxyAddress = await process.proxyAddress();
  return {
    ...{
      cell,
      process,
      proxyAddress,
      address: isPort ? await process.said(/agent listens at (\S+)$/m) : socket,
    },
    bearerFile: String(bearerFile),
    workerBearerFile,
  };
}

async function withAgent(variables: Variables, use: (agent: Agent) => Promise<void>): Promise<void> {
  const opening = agents.get(variables) ?? openAgent(variables);
  agents.set(variables, opening);
  const agent = await opening;
  await use(agent);
  const { wrong } = agent.cell.verdict(bareCalls);
  if (wrong.length > 0) throw new Error(`These calls carried no token of the agent:\n${wrong.join('\n')}`);
  // The agent alone asks for tokens.
  const { length } = agent.cell.oauth.issuedTokens;
  if (length !== 1) throw new Error(`${length} tokens were issued, not one`);
}

/** Makes a call with the token as it was handed out. */
async function callWith({ temporal: { address } }: Cell, apiKey: string): Promise<void> {
  await startOver(await Connection.connect({ address, tls: false, apiKey }));
}

async function callWithFile({ cell, process }: Agent): Promise<void> {
  await callWith(cell, String(await process.token()));
}

/** Without a token: the proxy adds it. */
async function callThroughProxy({ proxyAddress, workerBearerFile }: Agent): Promise<void> {
  const apiKey = (await readFile(workerBearerFile, 'utf8')).trim();
  await startOver(await Connection.connect({ address: proxyAddress, tls: false, apiKey }));
}

async function callOverSocket({ cell, address }: Agent): Promise<void> {
  const { status, body } = await askSocket(address.replace('unix:', ''), '/token');
  if (status !== 200) throw new Error(`The agent answered ${status}: ${body}`);
  await callWith(cell, tokenIn(body));
}

async function callOverHttp({ cell, address, bearerFile }: Agent): Promise<void> {
  const authorization = `Bearer ${(await readFile(bearerFile, 'utf8')).trim()}`;
  const response = await fetch(`${address}/token`, { headers: { authorization } });
  if (response.status !== 200) throw new Error(`The agent answered ${response.status}`);
  await callWith(cell, tokenIn(await response.text()));
}

function tokenIn(body: string): string {
  return (JSON.parse(body) as { readonly access_token: string }).access_token;
}

function doctored(agent: (of: Agent) => DiagnoseOptions) {
  return async (agentOfCell: Agent): Promise<void> => {
    const { cell } = agentOfCell;
    const more: DiagnoseOptions = {
      ...{ timeoutMs: 30_000, workers: 1, namespaceCount: 1_000, signal: new AbortController().signal },
      authorization: {
        permissionsClaimName: 'permissions',
        permissionsRegex: undefined,
        audience: undefined,
      },
    };
    await diagnoseWell({ ...cell.place, ...more, ...agent(agentOfCell) } as DiagnoseOptions);
  };
}

/** The command `worker-auth` in the environment of an application. */
async function command(variables: Variables, ...args: readonly string[]): Promise<void> {
  await using cell = await Cell.open();
  const node = [
    '--conditions=@worker-auth/source',
    fileURLToPath(new URL('../../../packages/temporal-auth/src/cli.ts', import.meta.url)),
  ];
  const env = { PATH: process.env['PATH'], ...variables(cell) };
  const { stdout } = await run(process.execPath, [...node, ...args], { env }).catch((error: unknown) => {
    const { code, stdout: out, stderr } = error as Readonly<Record<string, string>>;
    throw new Error(`worker-auth ${args[0]} ended with ${code}:\n${out}${stderr}`);
  });
  const { wrong } = cell.verdict(args[0] === 'doctor' ? bareCalls : []);
  if (wrong.length > 0) throw new Error(`These calls carried no token of the source:\n${wrong.join('\n')}`);
  if (args[0] === 'token' && !cell.oauth.issuedTokens.includes(stdout.trim()))
    throw new Error('The command shows another token than the one that was issued');
}

type AgentRow = readonly [title: string, variables: Variables, use: (agent: Agent) => Promise<void>];

const rows: readonly AgentRow[] = [
  ['the token file of the agent × credentials in environment variables', inEnvironment, callWithFile],
  ['the token file of the agent × credentials in a Dapr component', inDapr, callWithFile],
  ['the proxy of the agent × credentials in environment variables', inEnvironment, callThroughProxy],
  ['the proxy of the agent × credentials in a Dapr component', inDapr, callThroughProxy],
  ['the socket of the agent × credentials in a Dapr component', inDapr, callOverSocket],
  ['the port of the agent × credentials in environment variables', inEnvironment, callOverHttp],
  ['the doctor with the file of an agent', inDapr, doctored(({ process }) => ({ agent: process.out }))],
  ['the doctor with the socket of an agent', inDapr, doctored(({ address }) => ({ agent: address }))],
  [
    'the doctor with the port of an agent',
    inEnvironment,
    doctored(({ address, bearerFile }) => ({ agent: address, agentBearerFile: bearerFile })),
  ],
];

/** Programs of their own, which find all in their environment. */
export const programRows: readonly Row[] = Object.freeze<Row[]>([
  ...rows.map(([title, variables, use]) => ({ title, run: () => withAgent(variables, use) })),
  {
    title: 'worker-auth doctor × credentials in a Dapr component',
    run: () => command(inDapr, 'doctor', '--timeout', '60'),
  },
  {
    title: 'worker-auth token × credentials in environment variables',
    run: () => command(inEnvironment, 'token', '--raw', '--timeout', '60'),
  },
]);

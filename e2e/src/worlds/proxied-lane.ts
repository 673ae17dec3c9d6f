import { AgentProcess } from '../agent/agent-process.ts';
import { askSocket } from '../agent/ask-socket.ts';
import type { LaneMessage, LaneServersSettings } from './lane.ts';

/** An agent before the worker of a lane. */
export interface LaneProxy {
  /** Where the worker finds Temporal. */
  readonly address: string;
  /** Ends it as a supervisor does, and tells what it said. Resolves to its exit code. */
  end(): Promise<number>;
}

/** Starts the agent with the client of the lane, before the Temporal of the lane. */
export async function openLaneProxy(
  { port, authUrl, clientId, secretFile }: LaneServersSettings,
  send: (message: LaneMessage) => void,
): Promise<LaneProxy> {
  const socket = `${secretFile}.sock`;
  const agent = new AgentProcess({
    env: {
      ...{ WORKER_AUTH_TOKEN_URL: authUrl, WORKER_AUTH_CLIENT_ID: clientId },
      ...{ WORKER_AUTH_CLIENT_SECRET_FILE: secretFile, TEMPORAL_ADDRESS: `127.0.0.1:${port}` },
    },
    out: `${secretFile}-token`,
    args: ['--proxy', '127.0.0.1:0', '--any-local-user', '--listen', `unix:${socket}`],
  });
  const address = await agent.proxyAddress();
  const timer = setInterval(() => {
    void askSocket(socket, '/readyz').then(({ status }) => {
      send({ kind: 'health', temporal: status === 200 ? 'good' : 'unready', atMs: Date.now() });
    });
  }, 500);
  return {
    address,
    end: async () => {
      clearInterval(timer);
      const code = await agent.end('SIGTERM');
      const said = agent.lines.join('\n');
      for (const [, workflowId = ''] of said.matchAll(/result is abandoned[^]*?workflowId: '([^']+)'/g))
        send({ kind: 'abandoned', workflowId });
      for (const message of agent.lines) send({ kind: 'log', level: 'AGENT', message, atMs: Date.now() });
      return Number(code);
    },
  };
}

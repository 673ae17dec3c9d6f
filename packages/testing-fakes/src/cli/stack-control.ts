import type { IncomingMessage, ServerResponse } from 'node:http';
import { anything, checkGiven, checkName, options as optionsOf } from '../given/check-given.ts';
import { hintAt } from '@worker-auth/ports/nearest-name';
import { LoopbackServer, readBody } from '../server/loopback-server.ts';
import type { FakeStack } from '../stack/fake-stack.ts';
import { stamped } from './stamped.ts';
import type { SteppedClock } from './stepped-clock.ts';

export interface ControlledStack {
  readonly stack: FakeStack;
  /** That of all its servers. */
  readonly clock: SteppedClock;
  /** Where to listen; 0: any that is free. */
  readonly port: number;
  /** Prints one line about a command. */
  readonly log: (line: string) => void;
}

type Arguments = Readonly<Record<string, unknown>>;

type ControlCommand = (given: Arguments) => object;

/** What of a server takes faults, by whatever kind of fault and of place it has. */
interface FaultySide {
  injectFault(fault: unknown, target: unknown): void;
  failWith(fault: unknown, place: unknown): void;
  recover(): void;
  assertDone(): void;
}

/** A request that is no command; the status of its response. */
class ControlRejection extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Listens for commands to a stack: `POST /<command>` with its arguments as JSON; `GET /` lists them. The response is JSON, with an `error` when
 * the command was rejected.
 */
export async function startControl(controlled: ControlledStack): Promise<LoopbackServer> {
  const commands = commandsOf(controlled);
  return await LoopbackServer.start(
    async (request, response) => {
      const [status, answer] = await answerTo(request, commands, controlled).catch(explain);
      send(response, status, answer);
    },
    { port: controlled.port },
  );
}

function commandsOf({ stack, clock }: ControlledStack): ReadonlyMap<string, ControlCommand> {
  const sides = new Map<string, FaultySide>([
    ['oauth', stack.oauth],
    ['dapr', stack.dapr],
  ]);
  const temporal = stack.frontend ?? stack.gateway;
  if (temporal !== undefined) sides.set('temporal', temporal);
  const side = (name: unknown): FaultySide => {
    if (name === 'temporal' && temporal === undefined) {
      throw new TypeError('The stack has no Temporal: start it with --frontend or --upstream');
    }
    checkName('server', name, [...sides.keys()]);
    return sides.get(name as string) as FaultySide;
  };
  const sidesOf = (name: unknown): readonly FaultySide[] =>
    name === undefined ? [...sides.values()] : [side(name)];

  const ofEach = (name: string, given: Arguments, act: (side: FaultySide) => void): object => {
    checkGiven(name, given, { server: anything });
    for (const faulty of sidesOf(given['server'])) act(faulty);
    return {};
  };
  const commands: Readonly<Record<string, ControlCommand>> = {
    'inject-fault': ({ server, fault, ...target }) => {
      side(server).injectFault(fault, target);
      return {};
    },
    'fail-with': ({ server, fault, ...place }) => {
      checkGiven('fail-with', place, { endpoint: anything, method: anything });
      side(server).failWith(fault, place['endpoint'] ?? place['method']);
      return {};
    },
    recover: (given) =>
      ofEach('recover', given, (faulty) => {
        faulty.recover();
      }),
    'assert-done': (given) =>
      ofEach('assert-done', given, (faulty) => {
        faulty.assertDone();
      }),
    'rotate-secret': (given) => {
      stack.rotateClientSecret(given);
      return {};
    },
    'rotate-keys': (given) => ({ kid: stack.oauth.rotateSigningKey(given) }),
    'expire-tokens': (given) => {
      optionsOf({})('expire-tokens', given);
      // By a second more: `exp` is in whole ones.
      clock.step((stack.oauth.lifetimeSeconds + 1) * 1_000);
      return {};
    },
  };
  return new Map(Object.entries(commands));
}

async function answerTo(
  request: IncomingMessage,
  commands: ReadonlyMap<string, ControlCommand>,
  { stack, log }: ControlledStack,
): Promise<[status: number, answer: object]> {
  const { method, url = '', headers } = request;
  const names = [...commands.keys()];
  if (method === 'GET' && url === '/') return [200, { commands: names, env: stack.env }];
  const name = url.slice(1);
  const command = commands.get(name);
  if (command === undefined)
    throw new ControlRejection(404, `There is no command "${name}": ${hintAt(name, names)}`);
  if (method !== 'POST') throw new ControlRejection(405, `${name} is sent by POST`);
  // A page in a browser cannot say so without asking first.
  if (headers['content-type'] !== 'application/json') {
    throw new ControlRejection(415, 'The arguments are JSON: send Content-Type: application/json');
  }
  const answer = command(argumentsOf(await readBody(request)));
  log(stamped('control', name));
  return [200, answer];
}

function argumentsOf(body: string): Arguments {
  let given: unknown;
  try {
    given = body === '' ? {} : JSON.parse(body);
  } catch {
    throw new ControlRejection(400, 'The arguments are no JSON');
  }
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Arguments;
  throw new ControlRejection(400, 'The arguments must be an object');
}

function explain(error: unknown): [status: number, answer: object] {
  const { message } = error as Error;
  return [error instanceof ControlRejection ? error.status : 400, { error: message }];
}

function send(response: ServerResponse, status: number, answer: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
}

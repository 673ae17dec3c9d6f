import { fakeStack } from '../stack/fake-stack.ts';
import type { Command } from './command.ts';
import { daprLine, rpcLine } from './log-lines.ts';
import { clientOf, lifetimeFlag, lifetimeOf } from './oauth-flags.ts';
import { text, wholeNumber } from './option-values.ts';
import { startControl } from './stack-control.ts';
import { SteppedClock } from './stepped-clock.ts';
import { UsageError } from './usage-error.ts';

/** All servers around a worker. */
export const stackCommand: Command = {
  name: 'stack',
  summary: 'All of them around a worker, on free ports, and the environment that leads to them.',
  options: {
    application: {
      type: 'string',
      value: 'name',
      description: 'whose credentials the sidecar holds; default postgres-extraction',
    },
    client: { type: 'string', value: 'id:secret', description: 'these credentials; default worker:s3cret' },
    lifetime: lifetimeFlag,
    frontend: { type: 'boolean', description: 'a Temporal in memory as well' },
    upstream: {
      type: 'string',
      value: 'host:port',
      description: 'a Temporal of your own, with a gateway before it that checks tokens',
    },
    'control-port': {
      type: 'string',
      value: 'number',
      description: 'where it takes commands while it runs; default any that is free',
    },
  },
  examples: ['stack --lifetime 60 -- python3 worker.py', 'stack --upstream 127.0.0.1:7233'],
  runsProgram: true,
  async start(values, log) {
    const client = text(values, 'client');
    const upstream = text(values, 'upstream');
    const application = text(values, 'application');
    const frontend = values['frontend'] === true;
    if (frontend && upstream !== undefined) {
      throw new UsageError('--frontend and --upstream exclude each other: there is one Temporal');
    }
    const controlPort = wholeNumber(values, 'control-port', { from: 0, to: 65_535, otherwise: 0 });
    const clock = new SteppedClock();
    const stack = await fakeStack({
      clock,
      oauth: { lifetimeSeconds: lifetimeOf(values), ...(client !== undefined && clientOf(client)) },
      frontend,
      ...(application !== undefined && { applicationName: application }),
      ...(upstream !== undefined && { upstream }),
    });
    stack.oauth.subscribe((request) => {
      log(String(request));
    });
    stack.dapr.subscribe((request) => {
      log(daprLine(request));
    });
    (stack.frontend ?? stack.gateway)?.subscribe((call) => {
      log(rpcLine(call));
    });
    try {
      const control = await startControl({ stack, clock, port: controlPort, log });
      // The sidecar has its credentials.
      const names = { TESTING_FAKES_CONTROL: control.url, ATLAN_APPLICATION_NAME: stack.applicationName };
      const env = { ...stack.env, ...names };
      return {
        introduction: [
          ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
          JSON.stringify({ control: control.url }),
        ],
        env,
        stop: async () => {
          await Promise.all([control.stop(), stack.stop()]);
        },
      };
    } catch (error) {
      await stack.stop();
      throw error;
    }
  },
};

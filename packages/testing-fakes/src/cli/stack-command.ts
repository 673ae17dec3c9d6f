import { fakeStack } from '../stack/fake-stack.ts';
import { command, UsageError } from './command.ts';
import { clientOf, lifetimeFlag, text, wholeNumber, whether } from './flags.ts';
import { startControl } from './stack-control.ts';
import { daprLine, rpcLine } from './stamped.ts';
import { SteppedClock } from './stepped-clock.ts';

/** All servers around a worker. */
export const stackCommand = command({
  name: 'stack',
  summary: 'All of them around a worker, on free ports, and the environment that leads to them.',
  flags: {
    application: text('name', 'whose credentials the sidecar holds; default postgres-extraction'),
    client: text('id:secret', 'these credentials; default worker:s3cret', clientOf),
    lifetime: lifetimeFlag,
    frontend: whether('a Temporal in memory as well'),
    upstream: text('host:port', 'a Temporal of your own, with a gateway before it that checks tokens'),
    'control-port': wholeNumber('where it takes commands while it runs; default any that is free', {
      from: 0,
      to: 65_535,
      otherwise: 0,
    }),
  },
  examples: ['stack --lifetime 60 -- python3 worker.py', 'stack --upstream 127.0.0.1:7233'],
  runsProgram: true,
  start: async (values, log) => {
    const { application: applicationName, client, lifetime, frontend, upstream } = values;
    if (frontend && upstream !== undefined) {
      throw new UsageError('--frontend and --upstream exclude each other: there is one Temporal');
    }
    const clock = new SteppedClock();
    const stack = await fakeStack({
      clock,
      oauth: { lifetimeSeconds: lifetime, ...client },
      frontend,
      ...(applicationName !== undefined && { applicationName }),
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
      const control = await startControl({ stack, clock, port: values['control-port'], log });
      // The sidecar has its credentials.
      const names = { TESTING_FAKES_CONTROL: control.url, WORKER_AUTH_APPLICATION: stack.applicationName };
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
});

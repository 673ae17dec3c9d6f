import {
  freePort,
  type ProgramName,
  type RunningServer,
  startAuthorizingTemporal,
  startDaprd,
  startEnvoy,
  startKeycloak,
  startMoto,
  startOpenBao,
  startPrometheus,
  startTemporalDevServer,
  startVerdaccio,
} from '@worker-auth/servers';
import { expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { listenersOf } from '../src/fixtures/listeners.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';

// Each real server of `tools/servers`: only this machine reaches it, also after a restart, and its whole process group ends with it.

/** `openPort`: the one that no option keeps from the other interfaces. */
type Server = RunningServer & { readonly openPort?: number | undefined };

const jwksUrl = 'http://127.0.0.1:9/none';

const servers: Partial<Record<ProgramName, (folder: string) => Promise<Server>>> = {
  'temporal-cli': () => startTemporalDevServer({ ui: true }),
  'temporal-authorizer': () => startAuthorizingTemporal({ jwksUrl }),
  prometheus: async () => {
    const port = await freePort();
    return startPrometheus({
      port,
      ruleFiles: [],
      targets: { self: [`127.0.0.1:${port}`] },
      intervalMs: 200,
    });
  },
  envoy: () => startEnvoy({ upstream: '127.0.0.1:9', jwksUrl }),
  daprd: (folder) => startDaprd({ componentsPath: folder }),
  openbao: () => startOpenBao(),
  moto: () => startMoto(),
  verdaccio: () => startVerdaccio(),
  keycloak: () => startKeycloak(),
};

/** Every server leads a process group of its own. */
function isGroupRunning(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectOnlyHere({ pid = 0, port, openPort }: Server): Promise<void> {
  // No other system says it in /proc.
  if (process.platform !== 'linux') return;
  const listeners = await listenersOf(pid);
  expect(listeners.filter((listener) => listener.port === port)).toHaveLength(1);
  const open = listeners.filter(({ isLoopback }) => !isLoopback).map((listener) => listener.port);
  expect(open).toEqual(openPort === undefined ? [] : [openPort]);
}

for (const [name, start] of Object.entries(servers)) {
  await describeWith([name as ProgramName], name, () => {
    it('is reached by this machine alone, also after a restart, and ends with all its processes', async () => {
      await using folder = await temporaryFolder();
      await using server = await start(folder.path);
      await expectOnlyHere(server);
      await server.restart();
      await expectOnlyHere(server);
      const { pid = 0 } = server;
      expect(isGroupRunning(pid)).toBe(true);
      await server.stop();
      await eventually('its end', () => !isGroupRunning(pid));
    }, 300_000);
  });
}

import { LoopbackServer } from '@worker-auth/testing-fakes';
import { healthHandler, type HealthHandlerOptions } from '../../src/health/health-handler.ts';
import { passUntil, type Scene } from './scene.ts';

/** What a probe is told. */
export interface ProbeAnswer {
  readonly status: number;
  readonly reasons: readonly string[];
}

/** The health of a client over HTTP. */
export interface HealthPort extends AsyncDisposable {
  ask(path: '/livez' | '/readyz'): Promise<ProbeAnswer>;
  /** The status codes of `/livez` and `/readyz`. */
  statuses(): Promise<readonly [livez: number, readyz: number]>;
  /** Lets time pass until the status codes are these; each look also goes to `onLook`. */
  until(
    livez: number,
    readyz: number,
    onLook?: (statuses: readonly [livez: number, readyz: number]) => void,
  ): Promise<void>;
}

export async function openHealthPort(
  scene: Pick<Scene, 'clock' | 'log'>,
  source: Parameters<typeof healthHandler>[0],
  options: HealthHandlerOptions = {},
): Promise<HealthPort> {
  const server = await LoopbackServer.start(healthHandler(source, options));
  const ask: HealthPort['ask'] = async (path) => {
    const answer = await fetch(`${server.url}${path}`);
    const { reasons } = (await answer.json()) as ProbeAnswer;
    return { status: answer.status, reasons };
  };
  const statuses: HealthPort['statuses'] = async () => [
    (await ask('/livez')).status,
    (await ask('/readyz')).status,
  ];
  return {
    ...{ ask, statuses },
    until: (livez, readyz, onLook = () => undefined) =>
      passUntil(scene, async () => {
        const now = await statuses();
        onLook(now);
        return now[0] === livez && now[1] === readyz;
      }),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

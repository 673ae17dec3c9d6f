import { onTestFinished } from 'vitest';
import { FakeDaprSidecar, type FakeDaprSidecarOptions } from '../../src/dapr/fake-dapr-sidecar.ts';

/** What came back. */
export interface DaprAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** Asks the sidecar for a path below `/v1.0`. */
export type Get = (path: string, init?: RequestInit) => Promise<DaprAnswer>;

/** A sidecar for the test that calls. */
export async function startDapr(
  options: FakeDaprSidecarOptions = {},
): Promise<{ readonly fake: FakeDaprSidecar; readonly get: Get }> {
  const fake = await FakeDaprSidecar.start(options);
  onTestFinished(() => fake.stop());
  return {
    fake,
    get: async (path, init = {}) => {
      const response = await fetch(`${fake.url}/v1.0${path}`, init);
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        text: await response.text(),
      };
    },
  };
}

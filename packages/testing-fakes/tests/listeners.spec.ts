import { expect, it } from 'vitest';
import { FakeDaprSidecar } from '../src/dapr/fake-dapr-sidecar.ts';

it('a sidecar answers whatever a listener does, and tells the next one', async () => {
  await using sidecar = await FakeDaprSidecar.start();
  const told = Promise.withResolvers<number | undefined>();
  sidecar.subscribe(() => {
    throw new Error('no');
  });
  sidecar.subscribe(({ status }) => {
    told.resolve(status);
  });
  await (await fetch(`${sidecar.url}/v1.0/healthz`)).arrayBuffer();
  expect(await told.promise).toBe(204);
});

import { FakeDaprSidecar, type FakeDaprSidecarOptions } from '@worker-auth/testing-fakes';
import { onTestFinished } from 'vitest';

export const component = 'deployment-secret-store';

/** The keys of `postgres-extraction`, as the bundle holds them. */
export const bundle = {
  postgres_extraction_client_id: 'the-id',
  postgres_extraction_client_secret: 'the-secret',
};

/** Starts a fake sidecar that ends with the test. */
export async function startFake(
  options: FakeDaprSidecarOptions = {},
): Promise<{ fake: FakeDaprSidecar; url: string; port: number }> {
  const fake = await FakeDaprSidecar.start(options);
  onTestFinished(() => fake.stop());
  return { fake, url: fake.url, port: fake.port };
}

/** What a promise rejects with; fails the test when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`Resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

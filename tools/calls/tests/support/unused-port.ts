import { LoopbackServer } from '@worker-auth/testing-fakes';

/** A port of 127.0.0.1 at which nobody listens, and which a program can be told to listen at. */
export async function unusedPort(): Promise<number> {
  const server = await LoopbackServer.start(() => undefined);
  await server.stop();
  return server.port;
}

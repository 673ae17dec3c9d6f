import { startVerdaccio } from '@worker-auth/servers';

/** A registry of our own, on which nothing is but what a test publishes. */
export interface Registry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** The process of its server. */
  readonly pid: number | undefined;
  /**
   * The `.npmrc` of a project whose packages of our scope come from here, and all others from where this user has them from. A publisher can
   * use it too: the token in it opens nothing.
   */
  readonly npmrc: string;
}

/** Starts a Verdaccio on an empty storage. */
export async function startRegistry(): Promise<Registry> {
  const server = await startVerdaccio();
  const npmrc = `@worker-auth:registry=${server.url}\n//${server.address}/:_authToken=anybody\n`;
  return {
    url: server.url,
    pid: server.pid,
    npmrc,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

import { Client, Connection } from '@temporalio/client';
import { findProgram, freePort, startTemporalDevServer } from '@worker-auth/servers';
import { fakeStack, type FakeStack, LoopbackServer, TestCertificateFolder } from '@worker-auth/testing-fakes';

/** What a reader of the pages has: an OAuth server, Temporal behind an authorizer, a sidecar, and what the programs of the pages call. */
export interface PageServers extends AsyncDisposable {
  readonly stack: {
    readonly oauth: Pick<FakeStack['oauth'], 'tokenUrl' | 'issuer' | 'clientId' | 'clientSecret'>;
    readonly dapr: Pick<FakeStack['dapr'], 'url'>;
  };
  readonly temporal: Pick<NonNullable<FakeStack['gateway']>, 'address'>;
  /** How many calls Temporal has rejected. */
  rejected(): number;
  /** Wants a token of the OAuth server. */
  readonly api: LoopbackServer;
  /** Free ones, for what a reader starts: where a page has the default port of the OAuth server or of the sidecar, or 3000. */
  readonly ports: readonly [oauth: number, dapr: number, http: number];
  /** The vault of the platform team, which wants the key `sesame`. */
  readonly vault: LoopbackServer;
  readonly certificates: TestCertificateFolder;
  /** The program of Temporal's own. */
  readonly temporalCli: string;
  /** Ends workflows that run: another page may name its own so. */
  endWorkflows(): Promise<void>;
}

export async function startPageServers(): Promise<PageServers> {
  await using started = new AsyncDisposableStack();
  const { address: upstream } = started.use(await startTemporalDevServer());
  const stack = started.use(await fakeStack({ upstream }));
  const { oauth, gateway: temporal } = stack;
  if (temporal === undefined) throw new Error('No gateway stands before Temporal');
  const connection = await Connection.connect({ address: upstream });
  started.defer(() => connection.close());
  const { workflow } = new Client({ connection });
  const endWorkflows = async (): Promise<void> => {
    for await (const { workflowId } of workflow.list({ query: "ExecutionStatus = 'Running'" })) {
      await workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => undefined);
    }
  };
  const api = started.use(
    await LoopbackServer.start(({ headers }, response) => {
      const isGood = oauth.issuedTokens.some((token) => headers.authorization === `Bearer ${token}`);
      response.statusCode = isGood ? 200 : 401;
      response.end();
    }),
  );
  const secret = { reports_client_id: oauth.clientId, reports_client_secret: oauth.clientSecret };
  const entries = Object.entries(secret).map(([key, value]) => ({ key, value }));
  const vault = started.use(
    await LoopbackServer.start(({ url, headers }, response) => {
      const isOurs = url === '/v1/secrets/temporal-clients' && headers['x-api-key'] === 'sesame';
      response.statusCode = isOurs ? 200 : 404;
      response.end(JSON.stringify({ entries }));
    }),
  );
  const certificates = started.use(await TestCertificateFolder.create());
  await certificates.issue();
  const resources = started.move();
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const { path: temporalCli } = await findProgram('temporal-cli');
  const servers = { stack, temporal, api, ports, vault, certificates, temporalCli, endWorkflows };
  // The doctor asks once without a token, to see whether tokens are checked.
  const rejected = (): number =>
    temporal.calls.filter(({ verdict, token, method }) => {
      const isQuestion = token === undefined && method.startsWith('Poll');
      return verdict === 'rejected' && !isQuestion;
    }).length;
  return { ...servers, rejected, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

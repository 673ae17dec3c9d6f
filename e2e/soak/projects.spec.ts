import { startTemporalDevServer } from '@worker-auth/servers';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helloWorld } from '../src/consumers/adoption.ts';
import { compiledInto, packageSizes } from '../src/consumers/installed-packages.ts';
import { type OrdersDay, ordersDay, workerTokens } from '../src/consumers/orders.ts';
import { type ProjectFolder, projectFolder } from '../src/consumers/project-folder.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { credentialsInEnvironment, putGatewayBefore } from '../src/fixtures/temporal-with-gateway.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { type Registry, startRegistry } from '../src/registry/registry.ts';

const well = { exitCode: 0, output: '' };

await describeWith(['verdaccio'], 'installed from a registry alone,', () => {
  const started = new AsyncDisposableStack();
  let registry: Registry;
  let upstream: string;
  let project: ProjectFolder;
  beforeAll(async () => {
    registry = started.use(await startRegistry());
    upstream = started.use(await startTemporalDevServer()).address;
    await publishAll(registry);
    project = started.use(await projectFolder(registry));
  }, 120_000);
  afterAll(() => started.disposeAsync());

  describe('a project as @temporalio/create lays one out', () => {
    it('is refused by an authorizer before it has adopted the plugin', async () => {
      await using temporal = await putGatewayBefore(upstream);
      await project.install(helloWorld.before);
      expect(await project.run('build')).toEqual(well);
      const client = await project.run('workflow', { TEMPORAL_ADDRESS: temporal.gateway.address });
      expect(client).toMatchObject({
        exitCode: 1,
        output: expect.stringContaining('PERMISSION_DENIED') as string,
      });
      expect(temporal.gateway.totals.refused).toBeGreaterThan(0);
    });
  });

  describe('a CommonJS project that ts-node runs', () => {
    it('has its types checked, and runs its workflow', async () => {
      await using temporal = await putGatewayBefore(upstream);
      await project.install('e2e/consumers/commonjs-ts-node');
      const env = { ...temporal.env, ...credentialsInEnvironment(temporal.oauth, 'invoices') };
      const node16 = { ...env, TS_NODE_COMPILER_OPTIONS: '{"module":"node16"}' };
      const client = (): Promise<unknown> => project.run('workflow', node16);
      const { result, program } = await project.runWhile('start', env, client);
      expect(result).toMatchObject({ exitCode: 0, output: expect.stringContaining('Total: 42\n') as string });
      expect(program).toMatchObject({ exitCode: 0 });
      expect(temporal.gateway.totals.refused).toBe(0);
    });
  });

  describe('a project with its own connections, interceptors, data converter and telemetry', () => {
    const day = {} as OrdersDay;
    let refusals: readonly string[];
    let tokens: number;
    let teams: readonly (string | undefined)[];
    beforeAll(async () => {
      await using temporal = await putGatewayBefore(upstream, 15);
      await project.install('e2e/consumers/own-everything');
      expect(await project.run('build')).toEqual(well);
      Object.assign(day, await ordersDay(project, temporal));
      const refused = temporal.gateway.calls.filter(({ verdict }) => verdict === 'refused');
      refusals = refused.map(({ method, reason }) => `${method}: ${reason}`);
      tokens = workerTokens(temporal).size;
      teams = temporal.gateway.calls.map(({ metadata }) => metadata['x-team']);
    }, 180_000);

    it('has its orders, by tokens that were renewed under it', () => {
      expect(day.chair).toContain('3 of chair for acme: 42\n');
      expect(day.worker).toMatchObject({ exitCode: 0 });
      expect(tokens).toBeGreaterThan(2);
    });

    it('loses no result that is refused, and does nothing twice', () => {
      expect(new Set(refusals)).toContain('RespondActivityTaskCompleted: fault');
      expect(refusals.filter((refusal) => !refusal.endsWith(': fault'))).toEqual([]);
      expect(day.table).toContain('3 of table for acme: 42\n');
      expect(day.asked).toEqual(['chair for acme', 'table for acme']);
    });

    it('has the metadata of its two connections on every call', () => {
      expect(new Set(teams)).toEqual(new Set(['orders', 'order-desk']));
    });

    it('has its interceptor called for each call of its connection', () => {
      expect(day.table).toContain('StartWorkflowExecution: 0\n');
    });

    it('has its payloads encrypted by its codec, that of the refused result too', () => {
      expect(day.encodings).toEqual(Array(5).fill('binary/encrypted'));
    });

    it('has the metrics of OpenTelemetry, ours among them, at one endpoint', () => {
      expect(day.metrics).toMatch(
        /^worker_auth_token_refreshes_total\{.*worker_auth_refresh_outcome="success".*\} [2-9]/m,
      );
    });

    it('has the metrics of Core at the other one', () => {
      expect(day.coreMetrics).toMatch(
        /^temporal_workflow_completed(?:_total)?\{.*task_queue="orders".*\} 2$/m,
      );
    });

    it("has Temporal's spans of client and worker in one trace, and ours", () => {
      const spansOf = (service: string): readonly string[] =>
        day.spans.filter((span) => span.service === service).map(({ name }) => name);
      expect(spansOf('order-client')).toEqual(
        expect.arrayContaining(['StartWorkflow:order', 'worker_auth.token.request']),
      );
      expect(spansOf('order-worker')).toContain('worker_auth.token.request');
      const traces = day.spans.filter(({ name }) => name === 'StartWorkflow:order');
      for (const { traceId } of traces) {
        const names = day.spans.filter((span) => span.traceId === traceId).map(({ name }) => name);
        expect(names).toEqual(expect.arrayContaining(['RunWorkflow:order', 'RunActivity:priceOf']));
      }
      expect(traces).toHaveLength(2);
    });
  });

  describe('a project with token-manager alone', () => {
    beforeAll(() => project.install('e2e/consumers/first-token'), 120_000);

    it('loads zod, which is compiled in, for the first token and not by its import; ky for no token', async () => {
      await using oauth = await MockOAuthServer.start();
      const args = [oauth.tokenUrl, oauth.clientId, oauth.clientSecret];
      const { output } = await project.run('start', {}, args);
      const { token, byImport, byToken } = JSON.parse(output) as {
        readonly token: string;
        readonly byImport: readonly string[];
        readonly byToken: readonly string[];
      };
      expect(oauth.issuedTokens).toContain(token);
      expect(byImport.length).toBeGreaterThan(1);
      expect(await compiledInto(byImport)).toEqual([]);
      expect(await compiledInto(byToken)).toEqual(['zod']);
    });

    it('has two packages of less than 1 MB installed, and no other', async () => {
      const sizes = await packageSizes(project.path);
      expect([...sizes.keys()].sort()).toEqual([
        ...['@worker-auth/refresh-scheduler', '@worker-auth/token-manager'],
      ]);
      expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
    });
  });
});

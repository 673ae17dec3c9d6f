import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { otherPages } from '../src/pages/book.ts';
import { Reader } from '../src/pages/reader.ts';
import { type PageServers, startPageServers } from '../src/pages/servers.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { startRegistry } from '../src/registry/registry.ts';

await describeWith(['verdaccio', 'temporal-cli'], 'a reader who does what the page says', () => {
  const started = new AsyncDisposableStack();
  let servers: PageServers;
  let reader: Reader;
  beforeAll(async () => {
    const registry = started.use(await startRegistry());
    await publishAll(registry);
    servers = started.use(await startPageServers());
    reader = started.use(await Reader.with(registry, servers));
  });
  afterAll(() => started.disposeAsync());

  it.each(Object.entries(otherPages))('of %s', async (page, plan) => {
    await reader.read(page, plan);
    expect(servers.temporal.totals.refused).toBe(0);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishAll } from '../registry/publish-all.ts';
import { startRegistry } from '../registry/registry.ts';
import type { firstScreens } from './book.ts';
import { Reader } from './reader.ts';
import { type PageServers, startPageServers } from './servers.ts';

/** A test for each page, which one reader reads in order. */
export function pageTests(pages: typeof firstScreens): void {
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

  it.each(Object.entries(pages))('of %s', async (page, plan) => {
    await reader.read(page, plan);
    expect(servers.temporal.totals.rejected).toBe(0);
  });
}

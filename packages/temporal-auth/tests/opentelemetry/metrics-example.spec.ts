import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { exampleEnv } from '@worker-auth/calls/tests/example-env';
import { openScene } from '../support/scene.ts';
import { isSoak } from '@worker-auth/calls/tests/seeded';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const page = 'docs/metrics.md';

it('the example exposes our metrics, and those of Core that the page has, until it is told to stop', async () => {
  await using scene = await openScene();
  const { temporal } = scene;
  // Neither Core nor the exporter says which port it was given.
  const [port, corePort] = [await unusedPort(), await unusedPort()];
  // After a poll that is rejected Core waits for 5 s, also at the end.
  const [fault, code] = isSoak
    ? (['permissionDenied', 'PERMISSION_DENIED'] as const)
    : (['unavailable', 'UNAVAILABLE'] as const);
  temporal.injectFault(fault, { method: 'PollActivityTaskQueue' });
  const scraped = { ours: '', core: '' };
  const ofCore = await namesOfCore();
  const until = expect
    .poll(
      async () => {
        scraped.ours = await scrape(port);
        scraped.core = await scrape(corePort);
        return ofCore.filter((name) => !isShown(name, scraped.core));
      },
      { interval: 50 },
    )
    .toEqual([]);
  const env = {
    ...exampleEnv(scene),
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: String(port),
    CORE_METRICS_PORT: String(corePort),
  };
  const example = await runReadmeExample(packageFolder, { page, env, until });
  await until;
  expect(example).toMatchObject({ exitCode: 0 });
  expect(scraped.ours).toMatch(/^worker_auth_token_refreshes_total\{.*outcome="success".*\} 1$/m);
  expect(scraped.ours).toMatch(/^worker_auth_token_expiration_timestamp_seconds\{.*\} \d{10}$/m);
  expect(scraped.ours).toMatch(/^worker_auth_workers\{worker_auth_task_queue="postgres-extraction",/m);
  expect(scraped.core).toMatch(
    new RegExp(`^temporal_long_request_failure(?:_total)?\\{.*status_code="${code}"`, 'm'),
  );
});

/** Those of the page's table. */
async function namesOfCore(): Promise<string[]> {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
  const names = [...text.matchAll(/^\| `(temporal_\w+)`/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(0);
  return names;
}

/** Core of 1.20.3 names counters without the end `_total`. */
function isShown(name: string, page: string): boolean {
  return [name, name.replace(/_total$/, '')].some((shown) => page.includes(`\n${shown}{`));
}

/** What is there; nothing while nobody listens yet. */
async function scrape(port: number): Promise<string> {
  return fetch(`http://127.0.0.1:${port}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
}
